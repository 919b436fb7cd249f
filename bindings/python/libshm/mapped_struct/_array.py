"""Arrays of packed objects."""

import itertools
import json

from libshm._libshm import mapped as _mapped
from libshm.errors import CorruptError
from libshm.mapped_struct import _files
from libshm.mapped_struct._schema import Schema

_KIND_ARRAY = 1


def write_array(schema, objects, made, idmap, read_only):
    """Writes an array to the file; returns its header."""
    writer = _files.PartWriter(made)
    target = object()
    width, index, end = schema._pack_array(objects, writer.write, writer.size, idmap, target)
    count = len(index) // width
    sections = [(_files.HEADER_BYTES, end - _files.HEADER_BYTES), writer.section(index)]
    described = json.dumps(schema.describe(), separators=(",", ":"), sort_keys=True)
    sections.append(writer.section(described.encode()))
    flags = 0 if read_only else _files.FLAG_MUTABLE
    return writer.seal(_KIND_ARRAY, width, flags, count, count, 0, sections)


class MappedArrayProxyBase(_mapped.Array, _files.GenericProxyFileMapper):
    """Packed objects by their index.  Derive a class, and give it the ``schema``."""

    #: What its objects are; None: as files say.
    schema = None

    @classmethod
    def _own_schema(cls):
        if not isinstance(cls.schema, Schema):
            raise TypeError(f"{cls.__name__}.schema must be a Schema, to build with")
        return cls.schema

    @classmethod
    def build(cls, initializer, destfile=None, tempdir=None, idmap=None, return_mapper=True,
              read_only=True):
        """Packs objects as they come, to a file from its current position on; returns the array,
        or where it ends.  An exception leaves nothing behind.

        ``destfile`` is an open file, or a path, where the file appears when it is whole; if it is
        left out, the array is in an unnamed file (of ``tempdir``).  Objects in the idmap are
        packed once in the array; the idmap keeps them alive."""
        schema = cls._own_schema()
        return cls._build(
            destfile, tempdir, read_only, return_mapper,
            lambda made: write_array(schema, initializer, made, idmap, read_only),
        )

    @classmethod
    def merge(cls, parts, destfile=None, **options):
        """The array of the objects of all parts, in their order."""
        return cls.build(itertools.chain.from_iterable(parts), destfile, **options)

    @classmethod
    def _bind(cls, space, offset):
        info = _mapped.part_info(space, offset)
        if info["kind"] != _KIND_ARRAY:
            raise CorruptError(f"no array stands at offset {offset}")
        made = _mapped.array_new(cls, cls._schema_for(space, offset, info), space, offset)
        made._offset = offset
        return made

    @classmethod
    def _schema_for(cls, space, offset, info):
        """The class's Schema, if the file's is the same; else the file's, if the two agree."""
        at, size = info["sections"][2]
        try:
            with space.window(offset + at, size) as text:
                stored = Schema.from_description(json.loads(bytes(text)))
        except (ValueError, RecursionError) as error:
            raise CorruptError(f"the array's Schema cannot be read: {error}") from None
        if cls.schema is None or cls.schema is stored:
            return stored
        if cls.schema.compatible(stored):
            return cls.schema
        others = cls.schema._of_other_types(stored)
        if others:
            raise ValueError(f"the array does not fit the Schema of {cls.__name__}: " + "; ".join(
                f"its attribute {name!r} is {theirs}, not {mine}" for name, theirs, mine in others))
        stored.set_proxy_bases(cls.schema._proxy_bases)
        return stored

    def __repr__(self):
        return f"<{type(self).__name__} of {len(self)} objects>"
