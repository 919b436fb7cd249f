"""Views on the mappings of images, which iterate in C."""

import enum as _enum
import operator as _operator
import uuid as _uuid
from collections import abc as _abc


class KeysView(_abc.KeysView):
    __slots__ = ()

    def __iter__(self):
        return iter(self._mapping)

    def __reversed__(self):
        return reversed(self._mapping)


class ItemsView(_abc.ItemsView):
    __slots__ = ()

    def __iter__(self):
        return self._mapping._iterate_items()


class ValuesView(_abc.ValuesView):
    __slots__ = ()

    def __iter__(self):
        return self._mapping._iterate_values()

    def __contains__(self, value):
        return any(each is value or each == value for each in self)


_MISSING = object()


def mappings_equal(mapping, other):
    """Whether a collection of an image and another mapping are equal as dicts are."""
    if not isinstance(other, _abc.Mapping):
        return NotImplemented
    if len(mapping) != len(other):
        return False
    for key, value in mapping._iterate_items():
        found = other.get(key, _MISSING)
        if found is _MISSING or not (found is value or found == value):
            return False
    return True


def uuid_of_bytes(data):
    return _uuid.UUID(bytes=data)


class Column(_abc.Sequence):
    """A field of all rows of a table that has no fixed size; Arrow takes it whole."""

    __slots__ = ("table", "name", "_get")

    def __init__(self, table, name):
        self.table = table
        self.name = name
        self._get = _operator.attrgetter(name)

    def __len__(self):
        return len(self.table)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return Column(self.table[key], self.name)
        return self._get(self.table[key])

    def __iter__(self):
        return map(self._get, self.table)

    def __repr__(self):
        return f"<Column {self.name} of {self.table!r}>"

    def __reduce__(self):
        return Column, (self.table, self.name)

    def __arrow_c_array__(self, requested_schema=None):
        return self.table._arrow_column(self.name)


class _Enum(_enum.IntEnum):
    """Its members pickle as their numbers: the class is made anew where the image is opened."""

    def __reduce_ex__(self, protocol):
        return int, (int(self),)


def make_enum(name, values):
    return _Enum(name, values, module="libshm")
