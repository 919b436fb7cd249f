"""Mappings: from keys to packed objects."""

from libshm._libshm import mapped as _mapped
from libshm.errors import CorruptError
from libshm.mapped_struct import _files
from libshm.mapped_struct._array import MappedArrayProxyBase, write_array
from libshm.mapped_struct._mapper import NumericIdMapper, _MapperBase, pairs_of, write_table

_KIND_MAPPING = 2


def _values(pairs, table, discard_duplicate_keys):
    """The objects of the pairs; their keys go to the table, with the objects' indices."""
    index = 0
    for pair in pairs:
        try:
            key, value = pair
        except (TypeError, ValueError):
            raise TypeError("a mapping is built from pairs (key, object)") from None
        if discard_duplicate_keys and table.contains(key):
            continue
        table.add(key, index)
        yield value
        index += 1


class MappedMappingProxyBase(_mapped.Mapping, _files.GenericProxyFileMapper):
    """Packed objects by keys.  Derive a class, and give it a ``ValueArray`` and an ``IdMapper``.
    ``len`` is the number of keys; a key with several objects answers the first of them."""

    IdMapper = NumericIdMapper
    ValueArray = None
    _multi = False

    @classmethod
    def _classes(cls):
        if not (isinstance(cls.ValueArray, type) and
                issubclass(cls.ValueArray, MappedArrayProxyBase)):
            raise TypeError(f"{cls.__name__}.ValueArray must be a class of arrays")
        if not (isinstance(cls.IdMapper, type) and issubclass(cls.IdMapper, _MapperBase)):
            raise TypeError(f"{cls.__name__}.IdMapper must be a class of mappers")
        return cls.ValueArray, cls.IdMapper

    @classmethod
    def build(cls, initializer, destfile=None, tempdir=None, idmap=None, return_mapper=True,
              value_array_read_only=None, discard_duplicates=False, discard_duplicate_keys=False,
              read_only=True):
        """Packs the objects of pairs (key, object), or of a dict, as they come, to a file from its
        current position on; returns the mapping, or where it ends.  An exception leaves nothing
        behind.  Keys stay in memory until all objects are written."""
        arrays, mappers = cls._classes()
        schema = arrays._own_schema()
        if value_array_read_only is None:
            value_array_read_only = read_only
        table = mappers.table()
        values = _values(pairs_of(initializer), table, discard_duplicate_keys)

        def write(made):
            writer = _files.MappingWriter(made)
            parts = [
                writer.write_part(
                    lambda file: write_array(schema, values, file, idmap, value_array_read_only)),
                writer.write_part(
                    lambda file: write_table(table, mappers, file, discard_duplicates,
                                             discard_duplicate_keys)),
            ]
            writer.seal(_KIND_MAPPING, 8, 0, 0, 0, 0, parts)

        return cls._build(destfile, tempdir, read_only, return_mapper, write)

    @classmethod
    def merge(cls, parts, destfile=None, **options):
        """The mapping of all objects of the parts by their keys, one part after the other."""
        pairs = ((key, part.value_array[index])
                 for part in parts for key, index in part.id_mapper.entries())
        return cls.build(pairs, destfile, **options)

    @classmethod
    def _bind(cls, space, offset):
        arrays, mappers = cls._classes()
        info = _mapped.part_info(space, offset)
        if info["kind"] != _KIND_MAPPING:
            raise CorruptError(f"no mapping stands at offset {offset}")
        array = arrays._bind(space, offset + info["sections"][0][0])
        mapper_at = offset + info["sections"][1][0]
        mapper = _mapped.mapper_new(mappers, mappers._kind, mappers._width, cls._multi, space,
                                    mapper_at)
        mapper._offset = mapper_at
        made = _mapped.mapping_new(cls, array, mapper)
        made._offset = offset
        made._space = space
        return made

    @classmethod
    def _map_whole(cls, *place):
        made = super()._map_whole(*place)
        for name in ("value_array", "id_mapper"):
            getattr(made, name)._part_of = (cls, made._path, name)
        return made

    def verify(self):
        """Checks all checksums; CorruptError if one is wrong."""
        parts = (self.value_array, self.id_mapper)
        sums = [part._info()["header_sum"] for part in parts]
        if self._info()["sum"] not in (0, _files.sum_of_parts(sums)):
            raise CorruptError(
                f"the parts of the {type(self).__name__} at offset {self._offset} are others than "
                "it was built of"
            )
        for part in parts:
            part.verify()

    def _object(self, index):
        try:
            return self.value_array[index]
        except IndexError:
            raise CorruptError("corrupt bytes: a key of an object that does not exist") from None

    def _answer(self, found):
        return self._object(found)

    def iterkeys(self):
        return iter(self)

    def itervalues(self):
        """An iterator over what get answers."""
        return map(self._answer, self.id_mapper.itervalues())

    def iteritems(self):
        """An iterator over keys and what get answers."""
        for key, found in self.id_mapper.iteritems():
            yield key, self._answer(found)

    def keys(self):
        return list(self.iterkeys())

    def values(self):
        return list(self.itervalues())

    def items(self):
        return list(self.iteritems())

    def __repr__(self):
        return f"<{type(self).__name__} of {len(self)} keys>"


class MappedMultiMappingProxyBase(MappedMappingProxyBase):
    """As MappedMappingProxyBase; a key answers the list of its objects."""

    _multi = True

    def _answer(self, found):
        return [self._object(index) for index in found]
