"""Values that C leaves to Python: dates, decimals, arrays; and keys of mappers that are such."""

import datetime
import decimal
import json
import numbers
import struct
import sys

from libshm._libshm import mapped as _mapped

NONE, BOOL, INT, FLOAT, STR, BYTES, DATE = 1, 2, 3, 4, 5, 6, 7
LIST, TUPLE, FROZENSET, DICT = 8, 9, 10, 11
DATETIME, DECIMAL, NDARRAY, COMPLEX, BUFFER = 12, 13, 14, 15, 16

_EPOCH = datetime.datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=datetime.timezone.utc)
_MICROSECOND = datetime.timedelta(microseconds=1)
_NAIVE = struct.Struct("<q")
_AWARE = struct.Struct("<qq")
_COMPLEX = struct.Struct("<dd")


def _wrong(expected, value):
    return TypeError(f"{expected} expected, not {type(value)!r}")


# ---- datetimes: microseconds since 1970; aware ones in UTC, with their offset ----


def _instant(value):
    return (value - _EPOCH_UTC) // _MICROSECOND


def _in_utc(value):
    try:
        return value.astimezone(datetime.timezone.utc)
    except OverflowError:
        raise OverflowError(f"{value} lies beyond the years 1 to 9999 in UTC") from None


def _pack_naive(micros):
    return DATETIME, _NAIVE.pack(micros)


def _pack_aware(value):
    return DATETIME, _AWARE.pack(_instant(value), value.utcoffset() // _MICROSECOND)


def _is_aware(value):
    return value.tzinfo is not None and value.utcoffset() is not None


def encode_datetime(value):
    if not isinstance(value, datetime.datetime):
        raise _wrong("datetime", value)
    if _is_aware(value):
        return _pack_aware(value)
    return _pack_naive((value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)


def decode_datetime(payload):
    if len(payload) == _NAIVE.size:
        return _EPOCH + _NAIVE.unpack(payload)[0] * _MICROSECOND
    micros, offset = _AWARE.unpack(payload)
    zone = datetime.timezone(offset * _MICROSECOND)
    # As local time: the instant itself may lie beyond what a datetime in UTC can be.
    return (_EPOCH + (micros + offset) * _MICROSECOND).replace(tzinfo=zone)


def encode_datetime_local(value):
    """Naive values are local time; aware ones become so."""
    if not isinstance(value, datetime.datetime):
        raise _wrong("datetime", value)
    return _pack_naive(_instant(_in_utc(value)))


def decode_datetime_local(payload):
    (micros,) = _NAIVE.unpack(payload)
    return (_EPOCH_UTC + micros * _MICROSECOND).astimezone().replace(tzinfo=None)


def encode_datetime_utc(value):
    """Naive values are UTC; aware ones become so."""
    if not isinstance(value, datetime.datetime):
        raise _wrong("datetime", value)
    if _is_aware(value):
        return _pack_naive(_instant(_in_utc(value)))
    return _pack_naive((value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)


def decode_datetime_utc(payload):
    return _EPOCH + _NAIVE.unpack(payload)[0] * _MICROSECOND


def encode_datetime_tz(value):
    if not isinstance(value, datetime.datetime):
        raise _wrong("datetime", value)
    if not _is_aware(value):
        raise ValueError(f"a datetime with a time zone expected, not {value!r}")
    return _pack_aware(value)


def decode_datetime_tz(payload):
    if len(payload) != _AWARE.size:
        raise ValueError("no datetime with a zone")
    return decode_datetime(payload)


def decode_datetime_tz_local(payload):
    value = decode_datetime_tz(payload)
    try:
        return value.astimezone()
    except OverflowError:  # at the ends of the calendar: with its own offset
        return value


def encode_date(value):
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise _wrong("date", value)
    return DATE, value


# ---- decimals, complex numbers, buffers ----


def encode_decimal(value):
    if isinstance(value, int) and not isinstance(value, bool):
        value = decimal.Decimal(value)
    if not isinstance(value, decimal.Decimal):
        raise _wrong("Decimal", value)
    return DECIMAL, str(value).encode("ascii")


def decode_decimal(payload):
    try:
        return decimal.Decimal(str(payload, "ascii"))
    except decimal.InvalidOperation:
        raise ValueError("no decimal") from None


def encode_complex(value):
    return COMPLEX, _COMPLEX.pack(value.real, value.imag)


def decode_complex(payload):
    return complex(*_COMPLEX.unpack(payload))


def encode_buffer(value):
    try:
        return BUFFER, memoryview(value).tobytes()
    except TypeError:
        raise _wrong("an object with the buffer protocol", value) from None


def decode_buffer(payload):
    return memoryview(bytes(payload))


def proxy_buffer(payload):
    return payload


# ---- arrays: four bytes for the length of what follows, a description in JSON, the elements ----


def _numpy():
    import numpy

    return numpy


def _descr(dtype):
    from numpy.lib.format import dtype_to_descr

    if dtype.hasobject:
        raise TypeError(f"an array of {dtype} holds Python objects, which cannot be packed")
    return dtype_to_descr(dtype.newbyteorder("<"))


def encode_ndarray(value):
    numpy = _numpy()
    if not isinstance(value, numpy.ndarray):
        raise _wrong("numpy.ndarray", value)
    if isinstance(value, numpy.ma.MaskedArray):
        raise TypeError("a masked array would lose its mask: pack its filled(), or data and mask")
    value = numpy.asarray(value)
    described = _descr(value.dtype)
    value = value.astype(value.dtype.newbyteorder("<"), copy=False)
    fortran = value.flags.f_contiguous and not value.flags.c_contiguous
    text = json.dumps([described, value.shape, fortran]).encode()
    text += b" " * (-(4 + len(text)) % 8)
    elements = value.ravel(order="F" if fortran else "C").view(numpy.uint8) if value.size else b""
    return NDARRAY, struct.pack("<I", len(text)) + text, elements


def _tuples(described):
    """The lists of JSON as the tuples of a description."""
    if isinstance(described, str):
        return described
    fields = []
    for name, *rest in described:
        rest[0] = _tuples(rest[0])
        fields.append((tuple(name) if isinstance(name, list) else name,
                       rest[0], *map(tuple, rest[1:])))
    return fields


def proxy_ndarray(payload):
    """The array in place; read-only if the mapping is."""
    from numpy.lib.format import descr_to_dtype

    (length,) = struct.unpack_from("<I", payload)
    described, shape, fortran = json.loads(bytes(payload[4 : 4 + length]))
    dtype = descr_to_dtype(_tuples(described))
    if dtype.hasobject:
        raise ValueError("an array of objects")
    return _numpy().ndarray(tuple(shape), dtype, payload[4 + length :], 0, None,
                            "F" if fortran else "C")


def decode_ndarray(payload):
    array = proxy_ndarray(payload)
    return array.copy(order="K")


# ---- run-time types ----

_ENCODERS = {
    datetime.datetime: encode_datetime,
    datetime.date: encode_date,
    decimal.Decimal: encode_decimal,
    complex: encode_complex,
    bytearray: encode_buffer,
    memoryview: encode_buffer,
}


def encode(value):
    """(code, payload...) of a value that C does not know, or (0, a value that it does)."""
    for cls in type(value).__mro__:
        encoder = _ENCODERS.get(cls)
        if encoder is not None:
            return encoder(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.ndarray):
            return encode_ndarray(value)
        if isinstance(value, numpy.generic) and not isinstance(value, numpy.void):
            return 0, value.item()
    raise TypeError(
        f"objects of {type(value)!r} cannot be packed: register the class with "
        "mapped_object.register_schema"
    )


# ---- keys ----


#: Decimals of more digits before the point are no keys: as integers they could fill the memory.
_DIGITS_MAX = 10_000
#: What a float can have after the point.
_PLACES_MAX = 1_074


def _is_datetime_in_utc(micros):
    try:
        return _EPOCH + micros * _MICROSECOND is not None
    except OverflowError:
        return False


def _decimal_key(value):
    """The plain number that a finite decimal equals, or its text without zeros at the end."""
    if value.adjusted() > _DIGITS_MAX:
        return None
    if value == int(value):
        return None, int(value)
    as_float = float(value)
    if as_float == value:
        return None, as_float
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return True, f"D{'-' * sign}{short}E{exponent + len(text) - len(short)}".encode("ascii")


def _rational_key(value):
    """The integer or decimal that it equals, if there is one."""
    top, bottom = int(value.numerator), int(value.denominator)
    places = bottom.bit_length() - 1  # at least those that a finite decimal has
    if places > _PLACES_MAX:
        return None
    shifted, rest = divmod(top * 10**places, bottom)
    digits = decimal.Decimal(shifted).as_tuple()
    return None if rest else _decimal_key(decimal.Decimal(digits._replace(exponent=-places)))


def key_encode(key):
    """(None, a plain key), (True, bytes), or None, if it is none of the keys that we know."""
    if isinstance(key, datetime.datetime):
        if _is_aware(key):
            micros = _instant(key)
            return (True, b"u" + _NAIVE.pack(micros)) if _is_datetime_in_utc(micros) else None
        return True, b"t" + encode_datetime(key)[1]
    if isinstance(key, datetime.date):
        return True, b"d" + _NAIVE.pack(key.toordinal())
    if isinstance(key, decimal.Decimal):
        if key.is_infinite():
            return None, float(key)
        return _decimal_key(key) if key.is_finite() else None
    if isinstance(key, complex):
        if key.imag == 0:
            return None, key.real
        return (True, b"c" + _COMPLEX.pack(key.real + 0.0, key.imag)) if key == key else None
    if isinstance(key, _mapped.ListView):
        return None, (tuple(key) if isinstance(key, _mapped_tuple()) else key)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(key, numpy.generic) and not isinstance(key, numpy.void):
        plain = key.item()
        return None if isinstance(plain, numpy.generic) else (None, plain)
    return _rational_key(key) if isinstance(key, numbers.Rational) else None


def _mapped_tuple():
    from libshm.mapped_struct._values import proxied_tuple

    return proxied_tuple


_KEY_DECODERS = {
    b"u": lambda raw: _EPOCH_UTC + _NAIVE.unpack(raw)[0] * _MICROSECOND,
    b"t": decode_datetime,
    b"d": lambda raw: datetime.date.fromordinal(_NAIVE.unpack(raw)[0]),
    b"D": decode_decimal,
    b"c": decode_complex,
}


def key_decode(raw):
    return _KEY_DECODERS[raw[:1]](raw[1:])


_mapped.set_encoders(encode, key_encode, key_decode)
_mapped.set_decoder(DATETIME, decode_datetime)
_mapped.set_decoder(DECIMAL, decode_decimal)
_mapped.set_decoder(NDARRAY, decode_ndarray)
_mapped.set_decoder(COMPLEX, decode_complex)
_mapped.set_decoder(BUFFER, decode_buffer)
