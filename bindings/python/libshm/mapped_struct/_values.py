"""The types of attributes: numbers by width, what is materialised (mapped_*), what is seen in place
(proxied_*)."""

import datetime
import decimal
from collections import defaultdict
from collections.abc import ItemsView, Mapping, Sequence, Set, ValuesView

from libshm._libshm import mapped as _mapped
from libshm.mapped_struct import _codecs as c

_ANY = 0xFFFFFFFF


# ---- numbers: classes that name a width, and convert ----


class int8(int):
    __slots__ = ()


class uint8(int):
    __slots__ = ()


class int16(int):
    __slots__ = ()


class uint16(int):
    __slots__ = ()


class int32(int):
    __slots__ = ()


class uint32(int):
    __slots__ = ()


class int64(int):
    __slots__ = ()


class uint64(int):
    __slots__ = ()


class float32(float):
    __slots__ = ()


class float64(float):
    __slots__ = ()


byte, ubyte = int8, uint8
short, ushort = int16, uint16
double = float64


# ---- what every type of values can do ----


def space_of(buf, offset=0, size=-1):
    """The space of a buffer; writable if the buffer is."""
    if isinstance(buf, _mapped.Space):
        return buf
    with memoryview(buf) as view:
        writable = not view.readonly
    return _mapped.Space(buf, offset, size, writable)


def _value_type(code, codes=None, proxied=False, encode=None, decode=None):
    """Adds pack_into and unpack_from to a class of values."""
    mask = 1 << code if codes is None else codes

    def pack_into(obj, buf, offs, idmap=None):
        """Packs the value into the buffer at the offset; returns where it ends."""
        return _mapped.value_pack_into(obj, buf, offs, code, encode, idmap)

    def unpack_from(buf, offs=0, idmap=None):
        """The value that was packed into the buffer at the offset."""
        return _mapped.value_unpack_from(space_of(buf), offs, mask, proxied, decode, idmap)

    def decorate(cls):
        cls.pack_into = staticmethod(pack_into)
        cls.unpack_from = staticmethod(unpack_from)
        cls._spec = (12, mask, proxied, None, encode, decode)
        return cls

    return decorate


def plain(value):
    """The built-in that a view stands for; other values as they are."""
    return value.materialize() if isinstance(value, _View) else value


# ---- materialised on access ----


@_value_type(c.LIST)
class mapped_list(list):
    """An attribute that is read as a new list."""


@_value_type(c.TUPLE)
class mapped_tuple(tuple):
    """An attribute that is read as a new tuple."""

    __slots__ = ()


@_value_type(c.FROZENSET)
class mapped_frozenset(frozenset):
    """An attribute that is read as a new frozenset."""


@_value_type(c.DICT)
class mapped_dict(dict):
    """An attribute that is read as a new dict."""


@_value_type(c.BYTES)
class mapped_bytes(bytes):
    """An attribute of bytes."""

    __slots__ = ()


@_value_type(c.STR)
class mapped_unicode(str):
    """An attribute of text."""


@_value_type(c.DECIMAL, encode=c.encode_decimal, decode=c.decode_decimal)
class mapped_decimal(decimal.Decimal):
    """A decimal, its scale kept."""


@_value_type(c.DATE, encode=c.encode_date)
class mapped_date(datetime.date):
    """A date."""


@_value_type(c.DATETIME, encode=c.encode_datetime, decode=c.decode_datetime)
class mapped_datetime(datetime.datetime):
    """A datetime as it is: naive, or an instant with its offset from UTC."""


@_value_type(c.DATETIME, encode=c.encode_datetime_local, decode=c.decode_datetime_local)
class mapped_datetime_local(datetime.datetime):
    """A naive datetime in local time, stored as an instant."""


@_value_type(c.DATETIME, encode=c.encode_datetime_utc, decode=c.decode_datetime_utc)
class mapped_datetime_utc(datetime.datetime):
    """A naive datetime in UTC."""


@_value_type(c.DATETIME, encode=c.encode_datetime_tz, decode=c.decode_datetime_tz)
class mapped_datetime_tz(datetime.datetime):
    """An aware datetime, with its offset from UTC."""


@_value_type(c.DATETIME, encode=c.encode_datetime_tz, decode=c.decode_datetime_tz_local)
class mapped_datetime_tz_local(datetime.datetime):
    """An aware datetime, read in the local time zone."""


@_value_type(c.NDARRAY, encode=c.encode_ndarray, decode=c.decode_ndarray)
class mapped_ndarray:
    """A NumPy array, copied on access."""


@_value_type(c.BUFFER, encode=c.encode_buffer, decode=c.decode_buffer)
class mapped_buffer:
    """Bytes of anything with the buffer protocol, read as a memoryview of a copy."""


def _code_of(code):
    if isinstance(code, str):
        if len(code) != 1:
            raise ValueError(f"a code is one character or a number, not {code!r}")
        return ord(code)
    if isinstance(code, bytes):
        if len(code) != 1:
            raise ValueError(f"a code is one byte or a number, not {code!r}")
        return code[0]
    if isinstance(code, bool) or not isinstance(code, int):
        raise TypeError(f"a code is one character or a number, not {type(code)!r}")
    if not 0 <= code <= 0xFF:
        raise ValueError(f"a code is a number from 32 to 255, not {code}")
    return code


@_value_type(0, codes=_ANY)
class mapped_object:
    """A value whose type is stored with it."""

    @staticmethod
    def register_schema(cls, schema, typecode):
        """From now on objects of the class can be packed wherever any object can, and are read by
        the Schema.  The code is stored with them: a number from 0x80 (or 0x20, if you keep clear
        of the library's future) to 0xff, or such a character.  Returns the code."""
        code = _code_of(typecode)
        _mapped.register_schema(cls, schema, code)
        return code

    @staticmethod
    def register_subclass(cls, supercls):
        """Objects of the class are packed as those of the registered class are."""
        _mapped.register_subclass(cls, supercls)


# ---- seen in place ----


class _View:
    __slots__ = ()

    def copy(self):
        """The built-in that this stands for."""
        return self.materialize()

    def __repr__(self):
        return f"{type(self).__name__}({self.materialize()!r})"


@_value_type(c.LIST, proxied=True)
class proxied_list(_mapped.ListView, _View, Sequence):
    """A packed list, seen in place: nothing is copied but what is asked for."""

    __slots__ = ()
    __reversed__ = Sequence.__reversed__

    def __reduce__(self):
        return list, (plain(self),)

    def __add__(self, other):
        return self.materialize() + plain(other)

    def __radd__(self, other):
        return other + self.materialize()

    def __mul__(self, times):
        return self.materialize() * times

    __rmul__ = __mul__


@_value_type(c.TUPLE, proxied=True)
class proxied_tuple(_mapped.ListView, _View, Sequence):
    """A packed tuple, seen in place; it hashes as the tuple does."""

    __slots__ = ()

    def __reduce__(self):
        return tuple, (plain(self),)

    def __add__(self, other):
        return self.materialize() + plain(other)

    def __radd__(self, other):
        return other + self.materialize()

    def __mul__(self, times):
        return self.materialize() * times

    __rmul__ = __mul__


@_value_type(c.FROZENSET, proxied=True)
class proxied_frozenset(_mapped.SetView, _View, Set):
    """A packed frozenset, seen in place."""

    __slots__ = ()

    @classmethod
    def _from_iterable(cls, elements):
        return frozenset(elements)

    def __hash__(self):
        return hash(frozenset(self))

    def __reduce__(self):
        return frozenset, (plain(self),)

    def union(self, *others):
        return frozenset(self).union(*others)

    def intersection(self, *others):
        if len(others) == 1:
            return frozenset(one for one in others[0] if one in self)
        return frozenset(self).intersection(*others)

    def difference(self, *others):
        return frozenset(self).difference(*others)

    def symmetric_difference(self, other):
        return frozenset(self).symmetric_difference(other)

    def issubset(self, other):
        return frozenset(self).issubset(other)

    def issuperset(self, other):
        return all(one in self for one in other)


class _Values(ValuesView):
    def __iter__(self):
        return iter(self._mapping._value_list())


class _Items(ItemsView):
    def __iter__(self):
        return zip(self._mapping, self._mapping._value_list())


@_value_type(c.DICT, proxied=True)
class proxied_dict(_mapped.DictView, _View, Mapping):
    """A packed dict, seen in place; its keys are in the order of the dict that was packed."""

    __slots__ = ()
    __hash__ = None

    def values(self):
        return _Values(self)

    def items(self):
        return _Items(self)

    def iterkeys(self):
        return iter(self)

    def itervalues(self):
        return iter(self._value_list())

    def iteritems(self):
        return zip(self, self._value_list())

    def has_key(self, key):
        return key in self

    def __or__(self, other):
        return self.materialize() | dict(other)

    def __ror__(self, other):
        return dict(other) | self.materialize()

    def __reversed__(self):
        return reversed(list(self))

    def __reduce__(self):
        return dict, (plain(self),)


@_value_type(c.NDARRAY, encode=c.encode_ndarray, decode=c.proxy_ndarray)
class proxied_ndarray:
    """A NumPy array on the packed bytes: read-only, unless the mapping is writable."""


@_value_type(c.BUFFER, encode=c.encode_buffer, decode=c.proxy_buffer)
class proxied_buffer:
    """A memoryview of the packed bytes."""


_mapped.set_view(c.LIST, proxied_list)
_mapped.set_view(c.TUPLE, proxied_tuple)
_mapped.set_view(c.FROZENSET, proxied_frozenset)
_mapped.set_view(c.DICT, proxied_dict)


# ---- types by name: what a stored Schema consists of ----

_NUMBERS = (
    ("bool", 1), ("int8", 2), ("uint8", 3), ("int16", 4), ("uint16", 5), ("int32", 6),
    ("uint32", 7), ("int64", 8), ("uint64", 9), ("float32", 10), ("float64", 11),
)

_MAPPED = (
    mapped_list, mapped_tuple, mapped_frozenset, mapped_dict, mapped_bytes, mapped_unicode,
    mapped_decimal, mapped_date, mapped_datetime, mapped_datetime_local, mapped_datetime_utc,
    mapped_datetime_tz, mapped_datetime_tz_local, mapped_ndarray, mapped_buffer, mapped_object,
    proxied_list, proxied_tuple, proxied_frozenset, proxied_dict, proxied_ndarray, proxied_buffer,
)

#: name: (kind, codes, proxied, nested, encode, decode)
SPECS = {name: (kind, 0, False, None, None, None) for name, kind in _NUMBERS}
SPECS.update((cls.__name__, cls._spec) for cls in _MAPPED)

_BUILTINS = {
    bool: "bool", int: "int64", float: "float64", str: "mapped_unicode", bytes: "mapped_bytes",
    list: "mapped_list", tuple: "mapped_tuple", set: "mapped_frozenset",
    frozenset: "mapped_frozenset", dict: "mapped_dict", defaultdict: "mapped_dict",
    memoryview: "mapped_buffer", bytearray: "mapped_buffer", datetime.date: "mapped_date",
    datetime.datetime: "mapped_datetime", decimal.Decimal: "mapped_decimal",
    object: "mapped_object",
}
_NAMES = {**_BUILTINS, **{cls: cls.__name__ for cls in _MAPPED}}
_NAMES.update({cls: cls.__name__ for cls in (
    int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64)})
_NUMPY = {"bool_": "bool", "ndarray": "mapped_ndarray"}


def name_of_type(slot_type):
    """The name of a type of attributes, None if it is none of ours."""
    try:
        name = _NAMES.get(slot_type)
    except TypeError:
        return None
    if name is None and getattr(slot_type, "__module__", None) == "numpy":
        name = getattr(slot_type, "__name__", None)
        name = _NUMPY.get(name, name)
        return name if name in SPECS else None
    return name
