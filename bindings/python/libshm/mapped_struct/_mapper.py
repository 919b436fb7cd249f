"""Mappers: from keys to numbers."""

from libshm._libshm import mapped as _mapped
from libshm.mapped_struct import _files

_NUMERIC, _STRING, _OBJECT, _HASH = 3, 4, 5, 6


def write_table(table, cls, made, discard_duplicates, discard_duplicate_keys):
    """Writes a mapper of what a table holds to the file; returns its header."""
    slots, runs, pool, count, entries, seed = table.finish(discard_duplicates, discard_duplicate_keys)
    writer = _files.PartWriter(made)
    sections = [writer.section(data) for data in (slots, runs, pool)]
    return writer.seal(cls._kind, cls._width, 0, count, entries, seed, sections)


def pairs_of(initializer):
    return initializer.items() if hasattr(initializer, "items") else initializer


class _MapperBase(_mapped.Mapper, _files.GenericProxyFileMapper):
    """Keys to numbers, immutable.  ``len`` is the number of keys.  A key with several values
    answers the first of them."""

    _kind = None
    _width = 8
    _multi = False

    @classmethod
    def table(cls):
        return _mapped.Table(cls._kind, cls._width)

    @classmethod
    def build(cls, initializer, destfile=None, tempdir=None, return_mapper=True,
              discard_duplicates=False, discard_duplicate_keys=False, read_only=True):
        """Writes a mapper of pairs (key, number), or of a dict, to a file from its current
        position on; returns the mapper, or where it ends.

        All values of a key are kept, in their order, unless it is told to discard those that the
        key has already, or all but the first one."""
        table = cls.table()
        table.extend(pairs_of(initializer))
        return cls._build(
            destfile, tempdir, read_only, return_mapper,
            lambda made: write_table(table, cls, made, discard_duplicates,
                                     discard_duplicate_keys),
        )

    @classmethod
    def merge(cls, parts, destfile=None, **options):
        """The mapper of all entries of the parts, one part after the other."""
        return cls.build((entry for part in parts for entry in part.entries()), destfile,
                         **options)

    @classmethod
    def _bind(cls, space, offset):
        if cls._kind is None:
            raise TypeError(f"{cls.__name__} is no class of mappers with keys of a type")
        made = _mapped.mapper_new(cls, cls._kind, cls._width, cls._multi, space, offset)
        made._offset = offset
        return made

    def entries(self):
        """All pairs of a key and one of its values."""
        every = _mapped.mapper_new(_MapperBase, self._kind, self._width, True, self._space,
                                   self._offset)
        for key, values in every.iteritems():
            for value in values:
                yield key, value

    def keys(self):
        return list(self.iterkeys())

    def values(self):
        return list(self.itervalues())

    def items(self):
        return list(self.iteritems())

    def __repr__(self):
        return f"<{type(self).__name__} of {len(self)} keys>"


class _MultiMapper:
    """A key answers the list of its values."""

    _multi = True

    def get_iter(self, key, default=()):
        """An iterator over the values of a key."""
        return iter(self.get(key, default))


class NumericIdMapper(_MapperBase):
    """Keys from 0 to 2^64 - 1."""

    _kind = _NUMERIC


class NumericId32Mapper(NumericIdMapper):
    """Keys and values from 0 to 2^32 - 1."""

    _width = 4


class NumericIdMultiMapper(_MultiMapper, NumericIdMapper):
    __doc__ = NumericIdMapper.__doc__ + "  " + _MultiMapper.__doc__


class NumericId32MultiMapper(_MultiMapper, NumericId32Mapper):
    __doc__ = NumericId32Mapper.__doc__ + "  " + _MultiMapper.__doc__


class StringIdMapper(_MapperBase):
    """Texts as keys; bytes are the texts whose UTF-8 they are."""

    _kind = _STRING


class StringId32Mapper(StringIdMapper):
    """Texts as keys, of up to 4 GiB together; values from 0 to 2^32 - 1."""

    _width = 4


class StringIdMultiMapper(_MultiMapper, StringIdMapper):
    __doc__ = StringIdMapper.__doc__ + "  " + _MultiMapper.__doc__


class StringId32MultiMapper(_MultiMapper, StringId32Mapper):
    __doc__ = StringId32Mapper.__doc__ + "  " + _MultiMapper.__doc__


class ObjectIdMapper(_MapperBase):
    """Keys of any kind that is hashed alike in every process: numbers (equal ones are one key, as
    in a dict), texts, bytes, dates, datetimes, decimals, None, tuples and frozensets of these."""

    _kind = _OBJECT


class ObjectId32Mapper(ObjectIdMapper):
    """As ObjectIdMapper, with keys of up to 4 GiB together; values from 0 to 2^32 - 1."""

    _width = 4


class ObjectIdMultiMapper(_MultiMapper, ObjectIdMapper):
    __doc__ = ObjectIdMapper.__doc__ + "  " + _MultiMapper.__doc__


class ObjectId32MultiMapper(_MultiMapper, ObjectId32Mapper):
    __doc__ = ObjectId32Mapper.__doc__ + "  " + _MultiMapper.__doc__


class ApproxStringIdMultiMapper(_MultiMapper, _MapperBase):
    """Texts as keys, of which only hashes are stored: a key may answer values of others, too, with
    a probability of about keys / 2^64.  Keys can be hashes (``hash_key``) themselves; those are
    what its ``keys()`` are."""

    _kind = _HASH

    @classmethod
    def hash_key(cls, key):
        """The number that stands for a text."""
        return _mapped.key_hash(key, cls._width)


class ApproxStringId32MultiMapper(ApproxStringIdMultiMapper):
    """As ApproxStringIdMultiMapper, with hashes of 32 bits; values from 0 to 2^32 - 1."""

    _width = 4
