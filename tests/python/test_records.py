"""Records: each type of field, comparison, hash, copies."""

import copy
import datetime as dt
import enum
import math
import pickle

import libshm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import COUNT, city


def test_every_field(geo):
    for i in range(COUNT):
        row, given = geo.cities[i], city(i)
        assert row.id == given["id"] and type(row.id) is int
        assert row.name == given["name"]
        assert row.kind.name == given["kind"] and isinstance(row.kind, enum.IntEnum)
        assert (row.where.lat, row.where.lon) == (i / 2, -i)
        assert row.population == given["population"]
        assert row.tags == given["tags"]
        assert row.digest == given["digest"]
        assert row.aliases == given["aliases"]
        assert row.names == given["names"]
        assert row.founded == given["founded"]
        assert row.seen == given["seen"] and row.seen.utcoffset() == dt.timedelta(hours=2)
        if given["climate"] is None:
            assert row.climate is None
        else:
            assert row.climate.zone == given["climate"]["zone"]
            assert row.climate.rain == given["climate"]["rain"]
        assert row.twin == geo.cities[(i + 1) % COUNT]
        assert row.extra == given["extra"] and type(row.extra["list"][0]) is int
        assert row.level == i
        assert row.pair == given["pair"]
        assert row.grid.tolist() == given["grid"] and row.grid.dtype == np.float32
        assert row.price == given["price"] and str(row.price) == f"{i}.10"
        assert row.key == given["key"]
        assert row.blob == given["blob"]
        assert row.odds == given["odds"]
        assert row.flag is given["flag"]
        assert [(each.lat, each.lon) for each in row.corners] == given["corners"]
        assert row.ids == given["ids"]
        assert row.nested == given["nested"]


def test_records_are_read_only(geo):
    row = geo.cities[0]
    for name in ("id", "unknown"):
        with pytest.raises(AttributeError):
            setattr(row, name, 1)
    with pytest.raises(AttributeError):
        row.unknown
    with pytest.raises(AttributeError):
        del row.id


def test_absent_null_and_given(made):
    img = made("record R { a: i64??; c: u8? = 3; d: u8?; } dataset D { rows: array<R>; }",
               {"rows": [{}, {"a": None}, {"a": 5, "c": None, "d": 0},
                         {"a": libshm.ABSENT}]})
    absent, null, given, also = img.rows
    with pytest.raises(AttributeError, match="a is absent"):
        absent.a
    assert not hasattr(also, "a")
    assert null.a is None and given.a == 5
    assert absent.c == 3 and given.c is None
    assert null.d is None and given.d == 0
    assert libshm.materialize(absent) == {"c": 3, "d": None}
    assert not libshm.ABSENT and repr(libshm.ABSENT) == "libshm.ABSENT"


def test_comparison_and_hash(geo):
    one, same, other = geo.cities[1], geo.cities[1], geo.cities[2]
    assert one == same and hash(one) == hash(same) and one is not same
    assert one != other and one != "city" and not one == None  # noqa: E711
    assert len({one, same, other}) == 2
    with pytest.raises(TypeError):
        one < other
    assert geo.cities[0].corners[1] == geo.cities[5].corners[1]
    assert geo.cities[0].corners[0] != geo.cities[5].corners[0]


def test_equal_nested_records_are_stored_once(made):
    img = made("record C { x: string; } record R { c: C; } dataset D { rows: array<R>; }",
               {"rows": [{"c": {"x": "a long text that is shared"}} for _ in range(1000)]})
    assert len({row.c for row in img.rows}) == 1
    assert img.size < 60000


def test_repr(geo):
    text = repr(geo.cities[3])
    assert text.startswith("City(id=30, name='city 3', kind=<Kind.small: 0>, where=Point(lat=1.5")
    assert "twin=4" in text


def test_a_cycle_of_references_has_an_end(made):
    img = made("record R { me: ref<R>?; n: u8; } dataset D { rows: array<R>; }",
               {"rows": [{"me": 0, "n": 1}, {"me": 0, "n": 2}]})
    row = img.rows[0]
    assert row.me == row and row.me.me.me.n == 1
    assert repr(row) == "R(me=0, n=1)" and hash(row) == hash(row.me)
    assert libshm.materialize(row) == {"me": 0, "n": 1}


def test_match(geo):
    match geo.cities[3]:
        case libshm.Record(id=30, name=name):
            assert name == "city 3"
        case _:
            raise AssertionError
    assert type(geo.cities[3]).__match_args__[:2] == ("id", "name")


def test_deep_records(made):
    schema = "record T { v: u32; left: T?; } dataset D { trees: array<T>; }"
    tree = None
    for i in range(300):
        tree = {"v": i, "left": tree}
    img = made(schema, {"trees": [tree]})
    at, depth = img.trees[0], 0
    while at is not None:
        at, depth = at.left, depth + 1
    assert depth == 300
    assert libshm.materialize(img.trees[0]) == tree
    assert img.trees[0] == img.trees[0] and img.trees[0] != img.trees[0].left


SCALARS = {
    "bool": st.booleans(),
    "i8": st.integers(-(2**7), 2**7 - 1), "i16": st.integers(-(2**15), 2**15 - 1),
    "i32": st.integers(-(2**31), 2**31 - 1), "i64": st.integers(-(2**63), 2**63 - 1),
    "u8": st.integers(0, 2**8 - 1), "u16": st.integers(0, 2**16 - 1),
    "u32": st.integers(0, 2**32 - 1), "u64": st.integers(0, 2**64 - 1),
    "f32": st.floats(width=32), "f64": st.floats(),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    "bytes": st.binary(max_size=40),
    "date": st.dates(), "uuid": st.uuids(),
    "datetime": st.datetimes(
        min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 29),
        timezones=st.none() | st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False),
}


def same(a, b):
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, dt.datetime):
        return a == b and a.utcoffset() == b.utcoffset()
    return type(a) is type(b) and a == b and str(a) == str(b)


@pytest.mark.parametrize("kind", SCALARS)
def test_scalars_come_back(kind, tmp_path):
    path = tmp_path / "x.img"

    @given(st.lists(SCALARS[kind], max_size=20))
    def check(values):
        libshm.build(f"record R {{ x: {kind}; o: {kind}?; l: [{kind}]; p: ({kind}, {kind}?); }}"
                     "dataset D { rows: array<R>; }", path,
                     {"rows": [(v, v, [v, v], (v, None)) for v in values] + [{"x": v, "p": (v, v)} for v in values]})
        with libshm.open(path, verify="always") as img:
            for v, row in zip(values, img.rows):
                assert same(v, row.x) and same(v, row.o) and same(v, row.l[1]) and same(v, row.p[0])
                assert row.p[1] is None
            for v, row in zip(values, img.rows[len(values) :]):
                assert row.o is None and row.l == [] and same(v, row.p[1])

    check()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | SCALARS["string"]
    | st.binary(max_size=20) | st.dates() | st.uuids() | SCALARS["decimal"] | SCALARS["datetime"],
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(SCALARS["string"] | st.integers(0, 99), inner, max_size=4)
    | st.frozensets(st.integers(0, 99) | SCALARS["string"], max_size=4),
    max_leaves=12)


def test_any_values_come_back(tmp_path):
    path = tmp_path / "any.img"

    @given(st.lists(ANY, max_size=10))
    def check(values):
        libshm.build("record R { x: any; } dataset D { rows: array<R>; }", path,
                     {"rows": [{"x": value} for value in values]})
        with libshm.open(path, verify="always") as img:
            for value, row in zip(values, img.rows):
                assert row.x == value and type(row.x) is type(value)

    check()


@pytest.mark.parametrize("value", [object(), 2**64, 1j, {1: object()}])
def test_any_refuses(value, tmp_path):
    with pytest.raises(libshm.InvalidError, match="rows: row 0: x"):
        libshm.build("record R { x: any; } dataset D { rows: array<R>; }", tmp_path / "x.img",
                     {"rows": [{"x": value}]})


def test_numpy_scalars_are_taken(made):
    img = made("record R { a: u8; b: f32; c: bool; d: string; e: any; } dataset D { rows: array<R>; }",
               {"rows": [(np.uint8(3), np.float32(0.5), np.bool_(True), np.str_("x"), np.int16(-4))]})
    assert libshm.materialize(img.rows[0]) == {"a": 3, "b": 0.5, "c": True, "d": "x", "e": -4}


def test_enum_members_pickle_as_numbers(geo):
    kind = geo.cities[2].kind
    assert kind.name == "large" and pickle.loads(pickle.dumps(kind)) == 7
    assert copy.deepcopy(kind) == 7 and pickle.loads(pickle.dumps(libshm.materialize(geo.cities[2])))["kind"] == kind
    assert type(kind) is geo.class_of("Kind") and repr(kind) == "<Kind.large: 7>" and kind in {7}


def test_enum_names_that_python_refuses(made):
    img = made("enum E : u8 { mro = 1, name = 2 } record R { e: E; } dataset D { rows: array<R>; }",
               {"rows": [("mro",), (2,)]})
    assert [int(row.e) for row in img.rows] == [1, 2]
    assert img.rows[1].e == 2


def test_materialized_values_are_builtins(geo):
    copy = libshm.materialize(geo.cities[3])
    assert type(copy) is dict and type(copy["tags"]) is list and type(copy["aliases"]) is frozenset
    assert type(copy["where"]) is dict and type(copy["pair"]) is tuple and type(copy["names"]) is dict
    assert type(copy["grid"]) is np.ndarray and copy["grid"].flags.owndata
    assert copy["twin"] == 4
    assert libshm.materialize("x") == "x"
    assert libshm.materialize(geo.by_id)[30]["extra"] == copy["extra"]
    assert [each["id"] for each in libshm.materialize(geo.by_name)["city 3"]] == [30, 280, 530]
    assert len(libshm.materialize(geo.cities[:5])) == 5
    assert libshm.materialize(geo.blocked) == {1, 5, 2**64 - 1}


def test_row_numbers(geo):
    assert libshm.row_number(geo.cities[17]) == 17
    assert libshm.row_number(geo.cities[1].climate) is None
    with pytest.raises(TypeError):
        libshm.row_number(17)


def test_a_record_keeps_its_class(made):
    img = made("struct P { x: u8; } record R { p: P; q: u64; } record S { p: P; q: u64; } dataset D { r: array<R>; s: array<S>; }",
               {"r": [((1,), 2)], "s": [((3,), 4)]})
    other = made("record R { a: u64; b: u64; c: string; } dataset D { r: array<R>; }", {"r": [(1, 2, "x")]})
    row = img.r[0]

    class Plain(libshm.Record):
        __slots__ = ()

    class Named(libshm.Record):
        pass

    for each in (row, row.p):
        before = type(each)
        for kind in (img.class_of("S"), other.class_of("R"), img.class_of("P"), libshm.Record, Plain, Named, object):
            if kind is not before:
                with pytest.raises(TypeError):
                    each.__class__ = kind
                with pytest.raises(TypeError):
                    object.__dict__["__class__"].__set__(each, kind)
        assert type(each) is before
    assert (row.p.x, row.q) == (1, 2)
    for kind in (libshm.Record, Plain, Named, type(row)):
        for make in (kind, lambda kind=kind: object.__new__(kind)):
            with pytest.raises(TypeError):
                make()
    with pytest.raises(TypeError):
        class Both(libshm.Record, list):
            pass
