"""NumPy arrays on the bytes of images.  Imported, and NumPy with it, when an array is asked for."""

import datetime as _dt
import uuid as _uuid

import numpy as np

from libshm import errors as _libshm_errors
from libshm._handles import reopen_at

_MISSING = object()


def _bounds(array):
    """The addresses of the first byte and of one past the last."""
    first = last = array.ctypes.data
    for length, stride in zip(array.shape, array.strides):
        first += min(0, (length - 1) * stride)
        last += max(0, (length - 1) * stride)
    return first, last + array.itemsize


class MappedArray(np.ndarray):
    """A read-only array on the bytes of an image.  It pickles as the place where it is."""

    _home = None  # (path, content, where) of the array that `_whole` was
    _whole = None  # that array's bytes

    def __array_finalize__(self, other):
        self._home = getattr(other, "_home", None)
        self._whole = getattr(other, "_whole", None)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        plain = np.asarray(array)
        return plain[()] if plain.ndim == 0 else plain

    def copy(self, order="C"):
        return np.array(self, order=order, subok=False)

    def _is_inside(self):
        if self._home is None or self.size == 0:
            return False
        first, last = _bounds(self)
        begin, end = _bounds(self._whole)
        return begin <= first and last <= end

    def __reduce__(self):
        if not self._is_inside():
            return np.asarray(self).__reduce__()
        offset = self.ctypes.data - self._whole.ctypes.data
        return rebuild, (self._home, offset, self.shape, self.strides, self.dtype)

    def __reduce_ex__(self, protocol):
        return self.__reduce__() if self._is_inside() else np.asarray(self).__reduce_ex__(protocol)


class MappedMaskedArray(np.ma.MaskedArray):
    """A column of an optional field.  Whole, it pickles as the place where it is."""

    _place = None  # (path, content, where, cut)

    def __array_finalize__(self, other):
        super().__array_finalize__(other)
        self._place = None

    def __reduce__(self):
        if self._place is not None:
            return reopen_column, self._place
        return np.ma.MaskedArray, (self.data, np.ma.getmaskarray(self))


def reopen_column(home, first, step, length):
    path, content, (_, *rest) = home
    return reopen_at(path, content, ("slice", rest[0], first, step, length)).column(rest[1])


def _bytes(memory):
    """The bytes as an array, which keeps the memoryview and with it the image open."""
    whole = np.frombuffer(memory, np.uint8) if len(memory) else np.empty(0, np.uint8)
    whole.flags.writeable = False
    return whole


def _mapped(whole, shape, dtype, offset, strides, home):
    array = np.ndarray.__new__(MappedArray, shape, dtype, whole, offset, strides)
    if home is not None:
        array._home = home
        array._whole = whole
    return array


def rebuild(home, offset, shape, strides, dtype):
    array = reopen_at(*home)
    if isinstance(array, np.ma.MaskedArray):
        array = array.data
    # The constructor checks that all of it is inside.
    return _mapped(array._whole, shape, dtype, offset, strides, home)


def rows_array(memory, about, part):
    """A field of all rows, or all fields; then the slice of it that is asked for."""
    count, stride, offset, dtype, presence = about
    home, first, step, length = part
    dtype = np.dtype(dtype)
    dtype, inner = dtype.subdtype or (dtype, ())
    strides = (stride,) + np.empty(inner, dtype).strides
    whole = _bytes(memory)
    array = _mapped(whole, (count, *inner), dtype, offset if count else 0, strides, home)
    stop = first + step * length
    cut = slice(first, None if stop < 0 else stop, step)
    array = array[cut]
    if not presence:
        return array
    mask = np.zeros(count, bool)
    for at, bit, wanted in presence:
        words = np.ndarray((count,), "<u8", whole, at if count else 0, (stride,))
        mask |= (words >> np.uint64(bit)) & np.uint64(wanted) != 1
    mask = mask[cut].reshape((length,) + (1,) * len(inner))
    column = MappedMaskedArray(array, np.broadcast_to(mask, array.shape))
    column._place = (home, first, step, length)
    return column


def tensor_array(memory, about, home):
    shape, dtype = about
    return _mapped(_bytes(memory), shape, np.dtype(dtype), 0, None, home)


# ---- many keys at once ----


_ARRAY_KINDS = {"word": "biu", "float": "iuf", "date": "iuM", "datetime": "iM", "string": "S", "bytes": "S", "uuid": "V"}


def _keys_of(collection, keys):
    """The keys as C takes them (an array or a flat list), and the shape of the answer."""
    kind = collection._key_kind()
    if kind in ("word", "float") and (hasattr(keys, "__array__") or isinstance(keys, memoryview)):
        keys = np.asanyarray(keys)
    if isinstance(keys, np.ma.MaskedArray):
        keys = unmasked(keys, f"keys of {collection!r}")
    if not isinstance(keys, (np.ndarray, np.generic)):
        keys = list(keys)
        return keys, (len(keys),)
    array = np.asarray(keys)
    if kind != "parts":
        return _array_keys(collection, kind, array), array.shape
    if array.dtype.names:
        return array.ravel().tolist(), array.shape
    keys = array.tolist()
    return keys, (len(keys),)


def _hidden(array):
    """How many elements a mask hides; each field of a structured array counts."""
    mask = np.ascontiguousarray(np.ma.getmaskarray(array)).reshape(-1)
    return int(mask.view(np.bool_).sum())


def unmasked(array, what):
    """The array without its mask, which must hide nothing."""
    hidden = _hidden(array)
    if hidden:
        raise ValueError(f"{what}: {hidden} of {array.size} elements are masked: take compressed() or filled()")
    return array.data


def _array_keys(collection, kind, array):
    if array.dtype.kind in "OU":
        return array.ravel().tolist()
    if array.dtype.kind not in _ARRAY_KINDS[kind] or kind == "uuid" and array.dtype.itemsize != 16:
        raise TypeError(f"an array of {array.dtype} holds no keys of {collection!r}")
    if array.dtype.kind == "M":
        return _time_keys(kind, array)
    if kind == "uuid":
        return np.ascontiguousarray(array).view("S16")
    if array.dtype.byteorder == ">" or not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if kind == "float" and array.dtype == np.float16:
        array = array.astype(np.float32)
    return np.ascontiguousarray(array)


def _time_keys(kind, array):
    """What is no whole day, or microsecond, is no key: it stays the object that it is, which none equals."""
    whole = array.astype("<M8[D]" if kind == "date" else "<M8[us]")
    exact = whole.astype(array.dtype) == array
    keys = np.ascontiguousarray(whole).view("<i8")
    if exact.all():
        return keys
    objects = _objects(kind, keys)
    return [key if is_exact else time for key, is_exact, time in zip(objects, exact.flat, array.flat)]


def _objects(kind, keys):
    """The keys of an array as the objects that single finds take."""
    if kind == "uuid":
        data = keys.tobytes()
        return [_uuid.UUID(bytes=data[at : at + 16]) for at in range(0, len(data), 16)]
    plain = keys.ravel().tolist()
    if kind == "date":
        return [_moment(_dt.date(1970, 1, 1), key, days=key) for key in plain]
    if kind == "datetime":
        return [_moment(_dt.datetime(1970, 1, 1), key, microseconds=key) for key in plain]
    return [_text(key) for key in plain] if kind == "string" else plain


def _moment(epoch, key, **distance):
    try:
        return epoch + _dt.timedelta(**distance)
    except OverflowError:
        return key


def _text(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def rows_many(collection, keys):
    keys, shape = _keys_of(collection, keys)
    rows = np.empty(shape, np.int64)
    if collection._key_kind() != "parts":
        collection._find_many(keys, rows)
        return rows
    from libshm import row_number

    found = (collection.get(key) for key in keys)
    rows[...] = [-1 if each is None else row_number(each) for each in found]
    return rows


def contains_many(collection, keys):
    keys, shape = _keys_of(collection, keys)
    if collection._key_kind() != "parts":
        there = np.empty(shape, np.bool_)
        collection._are_there(keys, there)
        return there
    return np.fromiter((key in collection for key in keys), bool, len(keys)).reshape(shape)


def _gather(collection, keys, default):
    keys, shape = _keys_of(collection, keys)
    dtype = np.dtype(collection._value_dtype())
    dtype, inner = dtype.subdtype or (dtype, ())
    values = np.empty(shape + inner, dtype)
    filler = np.zeros(inner, dtype)
    if default is not _MISSING:
        filler[...] = _default_as(dtype, default)
    first = collection._gather(keys, values, filler.tobytes())
    if first >= 0 and default is _MISSING:
        key = keys[first] if isinstance(keys, list) else _objects(collection._key_kind(), keys.ravel()[first : first + 1])[0]
        raise KeyError(key)
    return values


def _default_as(dtype, default):
    if dtype.names:
        return np.array(default, dtype)
    array = np.asarray(default)
    if dtype.kind in "iu" and array.dtype.kind in "iub" and array.ndim == 0:
        limits = np.iinfo(dtype)
        if not limits.min <= int(array) <= limits.max:
            raise OverflowError(f"the default {default!r} does not fit values of {dtype}")
    elif not np.can_cast(array.dtype, dtype, "same_kind"):
        raise TypeError(f"the default {default!r} does not fit values of {dtype}")
    return array


def get_many(collection, keys, default=_MISSING):
    """An array for maps of values of a fixed size, else a list."""
    gather = getattr(collection, "_value_dtype", None)
    if gather is not None and collection._key_kind() != "parts" and gather() is not None:
        if default is not None:
            return _gather(collection, keys, default)
    keys, _ = _keys_of(collection, keys)
    if isinstance(keys, np.ndarray):
        keys = _objects(collection._key_kind(), keys)
    if default is _MISSING:
        return [collection[key] for key in keys]
    return [collection.get(key, default) for key in keys]


# ---- what is built from arrays ----

_PIECE = 1 << 14


def array_rows(array):
    """Rows of a structured array as dicts; of anything else with a dtype as they are."""
    names = getattr(array.dtype, "names", None)
    if not names:
        return array
    return (
        dict(zip(names, row))
        for first in range(0, len(array), _PIECE)
        for row in array[first : first + _PIECE].tolist()
    )


def packed_rows(array, dtype):
    """Pieces of a structured array that lie as the table's rows; None if its fields are not the table's."""
    names = getattr(array.dtype, "names", None)
    if dtype is None or not names or not isinstance(array, np.ndarray) or array.ndim != 1:
        return None
    if isinstance(array, np.ma.MaskedArray) and _hidden(array):  # None where it is
        return None
    dtype = np.dtype(dtype)
    if array.dtype == dtype:
        if _has_times(dtype):  # of which the dtype tells but a part: the rest must be zero
            return _packed(array, dtype, names)
        return (np.ascontiguousarray(array[at : at + _PIECE]) for at in range(0, len(array), _PIECE))
    if sorted(names) != sorted(dtype.names) or not all(
        np.can_cast(array.dtype[name].base, dtype[name].base, "safe") and array.dtype[name].shape == dtype[name].shape
        and array.dtype[name].base.names is None for name in names
    ):
        return None
    return _packed(array, dtype, names)


def _has_times(dtype):
    return dtype.base.kind == "M" or any(_has_times(dtype.base[name]) for name in dtype.base.names or ())


def _packed(array, dtype, names):
    for at in range(0, len(array), _PIECE):
        part = array[at : at + _PIECE]
        rows = np.zeros(len(part), dtype)
        for name in names:
            rows[name] = part[name]
        yield rows



_CODES = {"?": "?", "b": "i1", "h": "<i2", "i": "<i4", "q": "<i8", "B": "u1", "H": "<u2", "I": "<u4",
          "Q": "<u8", "f": "<f4", "d": "<f8"}


def _elements(data, dtype, name):
    place = "" if name is None else f"{name}: "
    array = np.asanyarray(data)
    if isinstance(array, np.ma.MaskedArray):
        try:
            array = unmasked(array, "the tensor")
        except ValueError as error:
            raise _libshm_errors.InvalidError(f"{place}{error}") from None
    if array.dtype != dtype:
        lists = not hasattr(data, "dtype") and not isinstance(data, memoryview)
        exact = lists and array.dtype.kind in "iub" and dtype.kind in "iu"
        if exact and array.size:
            limits = np.iinfo(dtype)
            exact = limits.min <= int(array.min()) and int(array.max()) <= limits.max
        floats = lists and array.dtype.kind in "iuf" and dtype.kind == "f"
        if array.size and not (exact or floats or np.can_cast(array.dtype, dtype, "safe")):
            raise _libshm_errors.ValueTypeError(
                f"{place}an array of {array.dtype} is no tensor of {dtype}: convert it with astype()"
            )
    return np.ascontiguousarray(array, dtype).reshape(array.shape)


def tensor_bytes(data, code, name=None):
    """(shape, pieces): buffers of elements of that code of struct's, in C order."""
    dtype = np.dtype(_CODES[code])
    if isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], tuple):
        shape, pieces = data
        return shape, (_elements(piece, dtype, name) for piece in pieces)
    array = _elements(data, dtype, name)
    return array.shape, [array]
