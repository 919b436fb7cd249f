"""Values of every type, there and back."""

import array
import datetime
import decimal
import enum
from collections import OrderedDict, defaultdict, namedtuple
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libshm import mapped_struct as ms
from things import FLOATS, HASHABLES, TEXTS, VALUES, Object, round_trip

TYPES = {
    "text": (str, TEXTS), "bytes": (bytes, st.binary(max_size=20)), "float": (float, FLOATS),
    "int": (int, st.integers(-(2**63), 2**63 - 1)), "bool": (bool, st.booleans()),
    "list": (list, st.lists(VALUES, max_size=5)),
    "tuple": (tuple, st.lists(VALUES, max_size=5).map(tuple)),
    "set": (frozenset, st.frozensets(HASHABLES, max_size=5)),
    "dict": (dict, st.dictionaries(HASHABLES, VALUES, max_size=5)),
    "date": (datetime.date, st.dates()), "object": (object, VALUES),
    "decimal": (decimal.Decimal, st.decimals(allow_nan=False)),
    "u16": (ms.uint16, st.integers(0, 65535)),
}


def same(one, other):
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one == other and all(map(same, one.items(), other.items()))
    if isinstance(one, decimal.Decimal):
        return one.as_tuple() == other.as_tuple()
    return one == other


@given(VALUES)
def test_any_value(value):
    assert same(round_trip(object, value), value)


@given(st.data())
def test_random_schemas_and_objects(data):
    picked = data.draw(st.lists(st.sampled_from(sorted(TYPES)), max_size=12))
    schema = ms.Schema({f"{name}{i}": TYPES[name][0] for i, name in enumerate(picked)})
    thing = Object()
    for i, name in enumerate(picked):
        state = data.draw(st.sampled_from(["missing", "none", "present", "present"]))
        if state != "missing":
            value = data.draw(TYPES[name][1]) if state == "present" else None
            setattr(thing, f"{name}{i}", value)
    for proxy in (schema.unpack(schema.pack(thing)),
                  schema.unpack_from(_placed(schema, thing, data.draw(st.integers(0, 20))))):
        for i, name in enumerate(picked):
            expected = getattr(thing, f"{name}{i}", "missing")
            assert same(getattr(proxy, f"{name}{i}", "missing"), expected)


def _placed(schema, thing, offset):
    """The object packed at an offset, whatever that is a multiple of."""
    size = len(schema.pack(thing))
    buffer = bytearray(offset + size)
    assert schema.pack_into(thing, buffer, offset) == offset + size
    return memoryview(buffer)[offset:]


@given(st.lists(st.integers(-(2**66), 2**66)))
def test_lists_of_integers_of_all_widths(values):
    assert same(round_trip(list, values), values)
    assert same(round_trip(frozenset, frozenset(values)), frozenset(values))


@pytest.mark.parametrize("values, most", [
    ([0, 255], 1), ([-128, 127], 1), ([0, 256], 2), ([-129, 0], 2), ([0, 65536], 4),
    ([-1, 2**31], 8), ([0, 2**63], 8), ([1.5, 2.5], 8), ([True, False], 1),
])
def test_lists_of_numbers_are_narrow(values, most):
    size = len(ms.Schema({"v": list}).pack(Object(v=values * 500)))
    assert size < 1000 * most + 100
    assert same(round_trip(list, values * 500), values * 500)


def test_bool_and_int_and_float_stay_what_they_are():
    value = [True, 1, 1.0, False, 0, 0.0, -0.0, 2**60, -(2**60), 2**60 - 1, 1e300, 5e-324]
    assert same(round_trip(object, value), value)
    assert str(round_trip(object, [-0.0])) == "[-0.0]"
    nan = round_trip(object, [float("nan")])[0]
    assert nan != nan


def test_texts_of_all_lengths():
    for length in [0, 1, 6, 7, 8, 9, 15, 16, 255, 256, 100_000]:
        assert round_trip(str, "x" * length) == "x" * length
        assert round_trip(bytes, b"\0" * length) == b"\0" * length
    assert round_trip(str, "é€\U0001f600\0") == "é€\U0001f600\0"


def test_subclasses_of_builtins_become_builtins():
    Pair = namedtuple("Pair", "a b")

    class Colour(enum.IntEnum):
        RED = 3

    class Text(str):
        pass

    counts = defaultdict(int, a=1)
    assert same(round_trip(object, Pair(1, 2)), (1, 2))
    assert same(round_trip(object, [Colour.RED, Text("x")]), [3, "x"])
    assert same(round_trip(object, OrderedDict(b=1, a=2)), {"b": 1, "a": 2})
    assert same(round_trip(defaultdict, counts), {"a": 1})
    assert same(round_trip(set, {1, 2}), frozenset({1, 2}))
    assert same(round_trip(list, (1, 2)), [1, 2])
    assert same(round_trip(list, array.array("i", [1, 2])), [1, 2])
    assert same(round_trip(tuple, [1, 2]), (1, 2))


def test_dicts_keep_their_order():
    value = {f"key {i}": i for i in range(100, 0, -1)}
    assert list(round_trip(dict, value)) == list(value)


# ---- dates ----

TOKYO = datetime.timezone(datetime.timedelta(hours=9))
NAIVE = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
AWARE = NAIVE.replace(tzinfo=TOKYO)


def test_datetimes_as_they_are():
    for cls in (datetime.datetime, ms.mapped_datetime):
        for value in (NAIVE, AWARE, datetime.datetime.min, datetime.datetime.max):
            again = round_trip(cls, value)
            assert again == value and again.utcoffset() == value.utcoffset()


def test_datetimes_in_local_time(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert round_trip(ms.mapped_datetime_local, NAIVE) == NAIVE
        expected = AWARE.astimezone().replace(tzinfo=None)
        assert round_trip(ms.mapped_datetime_local, AWARE) == expected
        local = round_trip(ms.mapped_datetime_tz_local, AWARE)
        assert local == AWARE and local.utcoffset() == datetime.timedelta(hours=-5)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_datetimes_in_utc_and_with_zones():
    assert round_trip(ms.mapped_datetime_utc, NAIVE) == NAIVE
    assert round_trip(ms.mapped_datetime_utc, AWARE) == NAIVE - datetime.timedelta(hours=9)
    again = round_trip(ms.mapped_datetime_tz, AWARE)
    assert again == AWARE and again.utcoffset() == datetime.timedelta(hours=9)
    with pytest.raises(ValueError, match="attribute 'v'.*time zone"):
        round_trip(ms.mapped_datetime_tz, NAIVE)
    with pytest.raises(TypeError):
        round_trip(datetime.date, NAIVE)
    with pytest.raises(TypeError):
        round_trip(datetime.datetime, NAIVE.date())


def test_decimals_keep_their_scale():
    for text in ("0.10", "1E+5", "-0", "NaN", "Infinity", "1" * 500, "sNaN"):
        assert str(round_trip(decimal.Decimal, decimal.Decimal(text))) == text
    assert round_trip(decimal.Decimal, 5) == 5


# ---- buffers and arrays ----


@pytest.mark.parametrize("cls", [memoryview, ms.mapped_buffer, ms.proxied_buffer])
def test_buffers(cls):
    for value in (b"", b"abc", bytearray(b"x" * 1000), memoryview(b"abcdef")[::2]):
        again = round_trip(cls, value)
        assert isinstance(again, memoryview) and again.tobytes() == bytes(value)
        assert again.readonly


ARRAYS = [
    np.arange(10), np.arange(24, dtype="u2").reshape(2, 3, 4), np.array(5.5), np.zeros((3, 0)),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(20)[::3],
    np.array(["a", "été"]), np.array([b"x", b"yz"]), np.array(["2024-01-01"], "M8[D]"),
    np.array([(1, 2.5, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U3")]),
    np.zeros(3, dtype=[("p", [("x", "f4"), ("y", "f4")]), ("m", "i2", (2, 2))]),
    np.array([1 + 2j]), np.array([True, False]), np.arange(3, dtype=">i4"),
    np.zeros(2, np.dtype([("a", "i1"), ("b", "i8")], align=True)),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: f"{value.dtype}{value.shape}")
@pytest.mark.parametrize("cls", [np.ndarray, ms.mapped_ndarray, ms.proxied_ndarray, object])
def test_arrays(cls, value):
    again = round_trip(cls, value)
    assert isinstance(again, np.ndarray) and again.shape == value.shape
    assert again.dtype == value.dtype.newbyteorder("<")
    assert (again == value).all()
    assert again.flags.writeable == (cls is not ms.proxied_ndarray)


def test_proxied_arrays_are_in_place():
    schema = ms.Schema({"v": ms.proxied_ndarray})
    buffer = bytearray(schema.pack(Object(v=np.arange(1000))))
    view = schema.unpack(buffer).v
    view[5] = 77
    assert schema.unpack(buffer).v[5] == 77
    with pytest.raises(BufferError):
        buffer.append(1)
    fixed = schema.unpack(bytes(buffer)).v
    with pytest.raises(ValueError):
        fixed[5] = 1


def test_arrays_of_objects_are_refused():
    for value in (np.array([object()]), np.zeros(1, dtype=[("a", "O")])):
        with pytest.raises(TypeError, match="attribute 'v'.*Python objects"):
            round_trip(np.ndarray, value)
        with pytest.raises(TypeError):
            round_trip(object, value)


def test_scalars_of_numpy():
    value = [np.int64(5), np.float32(0.5), np.bool_(True), np.str_("x"), np.uint8(7)]
    assert same(round_trip(object, value), [5, 0.5, True, "x", 7])
    assert round_trip(np.uint8, np.uint8(7)) == 7
    assert round_trip(np.bool_, np.bool_(True)) is True
    assert round_trip(float, np.float32(0.5)) == 0.5


def zone(hours):
    return datetime.timezone(datetime.timedelta(hours=hours))


LIMITS = [datetime.datetime.max.replace(tzinfo=zone(-1)), datetime.datetime.min.replace(tzinfo=zone(1)),
          datetime.datetime.max.replace(tzinfo=zone(0)), datetime.datetime.min.replace(tzinfo=zone(0)),
          datetime.datetime.max.replace(tzinfo=zone(1)), datetime.datetime.min.replace(tzinfo=zone(-1))]


@pytest.mark.parametrize("value", LIMITS, ids=str)
@pytest.mark.parametrize("cls", [datetime.datetime, ms.mapped_datetime_tz, object])
def test_aware_datetimes_at_the_ends_of_the_calendar(cls, value):
    again = round_trip(cls, value)
    assert again == value and again.utcoffset() == value.utcoffset()
    assert round_trip(ms.mapped_datetime_tz_local, value) == value
    assert value in round_trip(ms.proxied_frozenset, frozenset([value]))


@pytest.mark.parametrize("value", LIMITS[:2], ids=str)
def test_instants_that_no_datetime_in_utc_is(value):
    for cls in (ms.mapped_datetime_utc, ms.mapped_datetime_local):
        with pytest.raises(OverflowError, match="'v'.*in UTC"):
            round_trip(cls, value)
    with pytest.raises(TypeError, match="cannot be a key"):
        ms.ObjectIdMapper.build({value: 1})


@pytest.mark.parametrize("value", [
    np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2]), np.ma.masked,
    np.ma.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])[0],
], ids=["masked", "plain", "constant", "row"])
@pytest.mark.parametrize("cls", [np.ndarray, ms.proxied_ndarray, object, int, list])
def test_masked_arrays_are_refused(cls, value):
    with pytest.raises(TypeError):
        round_trip(cls, [value] if cls is list else value)


FRACTIONS = [Fraction(1, 2), Fraction(-3, 4), Fraction(1, 10), Fraction(123, 80), Fraction(6, 1),
             Fraction(1, 3), Fraction(1, 2**80), Fraction(10**30 + 1, 10), Fraction(2**80, 1)]


@pytest.mark.parametrize("elements", [
    {0.5, "a"}, {decimal.Decimal("0.1"), -0.75}, {decimal.Decimal("1.5375")}, {6, 7}, {6.0, None},
    {2.0**-80}, {decimal.Decimal("100000000000000000000000000000.1")}, {2**80}, {1 / 3}, {0.1},
], ids=str)
def test_fractions_are_found_as_what_they_equal(elements):
    view = round_trip(ms.proxied_frozenset, frozenset(elements))
    by_key = round_trip(ms.proxied_dict, dict.fromkeys(elements, 1))
    mapper = ms.ObjectIdMapper.build(dict.fromkeys(elements, 1))
    for fraction in FRACTIONS:
        expected = fraction in elements
        assert (fraction in view, fraction in by_key) == (expected, expected)
        if fraction.denominator != 3:
            assert (fraction in mapper) == expected
    with pytest.raises(TypeError, match="cannot be a key"):
        ms.ObjectIdMapper.build({Fraction(1, 3): 1})
