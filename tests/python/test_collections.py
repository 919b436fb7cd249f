"""Tables, indexes, maps and sets beside dicts and lists."""

import bisect
import collections
import collections.abc as abc
import datetime as dt
import decimal
import fractions
import math
import operator
import types
import uuid

import libshm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import COUNT, city

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = {
    "u8": st.integers(0, 255), "i16": st.integers(-300, 300), "u64": st.integers(0, 2**64 - 1),
    "i64": st.integers(-(2**63), 2**63 - 1), "string": TEXTS, "bytes": st.binary(max_size=20),
    "bool": st.booleans(), "date": st.dates(), "uuid": st.uuids(),
    "datetime": st.datetimes(min_value=dt.datetime(1, 1, 2)),
}


def test_tables(geo):
    cities = geo.cities
    ids = [10 * i for i in range(COUNT)]
    assert len(cities) == COUNT and [each.id for each in cities] == ids
    assert isinstance(cities, libshm.Table) and isinstance(cities, abc.Sequence)
    for cut in (slice(3, 9), slice(None, None, -1), slice(50, 2, -7), slice(5, 5), slice(-3, None), slice(100, 200)):
        assert [each.id for each in cities[cut]] == ids[cut] and len(cities[cut]) == len(ids[cut])
        assert [each.id for each in cities[cut][1:][::2]] == ids[cut][1:][::2]
    assert cities[-1].id == ids[-1] and [each.id for each in reversed(cities)] == ids[::-1]
    for i in (COUNT, -COUNT - 1, 2**70):
        with pytest.raises(IndexError):
            cities[i]
    for key in ("x", 1.0, None):
        with pytest.raises(TypeError):
            cities[key]
    assert cities.index(cities[4]) == 4 and cities[2:].index(cities[4]) == 2 and cities[::-1].index(cities[4]) == COUNT - 5
    assert cities[4] in cities and cities[4] not in cities[5:] and "x" not in cities
    with pytest.raises(ValueError):
        cities[5:].index(cities[4])
    assert not cities[:0] and "cities" in repr(cities)


def test_a_unique_index(geo):
    model = {10 * i: i for i in range(COUNT)}
    assert len(geo.by_id) == COUNT and list(geo.by_id) == list(model)
    assert isinstance(geo.by_id, abc.Mapping)
    for key in (0, 30, 31, -1, 2**32, 2**80, 30.0, 30.5, True, None, "30", np.uint8(30), float("nan")):
        assert (key in geo.by_id) == (key in model)
        found = geo.by_id.get(key)
        assert (found.id if found else None) == (int(key) if key in model else None)
        if key not in model:
            with pytest.raises(KeyError):
                geo.by_id[key]
    assert geo.by_id.get(31, "none") == "none"
    assert [(key, each.id) for key, each in geo.by_id.items()] == [(key, key) for key in model]
    assert [each.id for each in geo.by_id.values()] == list(model)
    assert geo.by_id.keys() == model.keys() and 30 in geo.by_id.keys()
    for key in ([], {}, set()):
        with pytest.raises(TypeError, match="unhashable"):
            geo.by_id[key]
        with pytest.raises(TypeError, match="unhashable"):
            key in geo.by_id
    with pytest.raises(TypeError):
        geo.by_id.get()


def groups(of):
    found = collections.defaultdict(list)
    for i in range(COUNT):
        for key in of(city(i)):
            found[key].append(10 * i)
    return found


@pytest.mark.parametrize("name, of", [
    ("by_name", lambda c: [c["name"]]), ("by_tag", lambda c: c["tags"]), ("in_order", lambda c: [c["name"]]),
    ("by_number", lambda c: [c["id"]]), ("tag_order", lambda c: c["tags"]),
    ("by_place", lambda c: [({"small": 0, "medium": 1, "large": 7}[c["kind"]], c["where"]["lat"])])])
def test_indexes_with_many_rows_a_key(geo, name, of):
    index, model = geo[name], groups(of)
    assert len(index) == len(model) and set(index) == set(model) and len(list(index)) == len(model)
    assert isinstance(index, abc.Mapping)
    for key, ids in model.items():
        rows = index[key]
        assert [each.id for each in rows] == ids and len(rows) == len(ids) and key in index
        assert isinstance(rows, libshm.Rows) and isinstance(rows, abc.Sequence)
        assert rows.row_numbers() == [each // 10 for each in ids]
        assert [each.id for each in rows[::-1]] == ids[::-1] and rows[-1].id == ids[-1]
        assert [each.id for each in rows[1:][::2]] == ids[1:][::2] and [each.id for each in reversed(rows)] == ids[::-1]
        assert rows == list(rows) and rows == index.get(key) and rows != [] and rows[0] in rows
        with pytest.raises(IndexError):
            rows[len(ids)]
        with pytest.raises(TypeError):
            hash(rows)
    assert {key: [each.id for each in rows] for key, rows in index.items()} == model
    assert index.get("nothing of the kind") is None and "nothing of the kind" not in index
    with pytest.raises(KeyError):
        index["nothing of the kind"]


def test_orders(geo):
    assert list(geo.in_order) == sorted(set(f"city {i % 25}" for i in range(COUNT)))
    assert list(geo.by_number) == [10 * i for i in range(COUNT)]
    assert list(geo.tag_order) == sorted(["all"] + [f"tag {i}" for i in range(7)])


def test_enum_keys(geo):
    kind = geo.class_of("Kind")
    for part in (kind.large, 7, "large"):
        assert geo.by_place[part, 1.0][0].id == 20
    assert ("huge", 1.0) not in geo.by_place and ("large",) not in geo.by_place and "large" not in geo.by_place
    assert ("large", 1.0, 2) not in geo.by_place and ("large", "x") not in geo.by_place
    with pytest.raises(TypeError):
        ["large", 1.0] in geo.by_place


def test_approximate_indexes(geo):
    for i in range(COUNT):
        assert 10 * i in [each.id for each in geo.sounds[f"city {i % 25}"]]
    assert len(geo.sounds) == COUNT and "city 3" in geo.sounds
    with pytest.raises(TypeError, match="sounds"):
        list(geo.sounds)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", ["", " min"])
def test_maps_as_dicts(kind, form, tmp_path):
    path = tmp_path / "x.img"
    schema = f"record R {{ k: {kind}; v: i32; }} dataset D {{ rows: array<R>; index_: index rows by k{form};" \
        f" map_: map<{kind}, i32>{form}; big: map<{kind}, string>; many: multimap<{kind}, i32>{form};" \
        f" set_: set<{kind}>{form}; }}"

    @given(st.dictionaries(KEYS[kind], st.integers(-100, 100), max_size=20), KEYS[kind])
    def check(model, other):
        libshm.build(schema, path, {
            "rows": model.items(), "map_": model, "big": ((key, str(value)) for key, value in model.items()),
            "many": [(key, i) for key in model for i in range(3)], "set_": model})
        with libshm.open(path, verify="always") as img:
            for key in [*model, other]:
                assert (key in img.index_) == (key in model) == (key in img.set_) == (key in img.many)
                assert img.map_.get(key) == model.get(key)
                assert img.big.get(key, "none") == str(model.get(key, "none"))
                if key in model:
                    assert img.index_[key].v == img.map_[key] == model[key]
                    assert list(img.many[key]) == [0, 1, 2] and img.many[key][-1] == 2
                else:
                    for each in (img.index_, img.map_, img.big, img.many):
                        with pytest.raises(KeyError):
                            each[key]
            assert dict(img.map_.items()) == model and len(img.map_) == len(model) == len(img.set_)
            assert set(img.set_) == set(model) and img.set_ == set(model)
            assert {key: list(values) for key, values in img.many.items()} == {key: [0, 1, 2] for key in model}
            assert {row.k: row.v for row in img.index_.values()} == model
            assert sorted(img.map_.values()) == sorted(model.values())
            keys = [*model, other]
            assert img.map_.get_many(keys, default=-1000).tolist() == [model.get(key, -1000) for key in keys]
            assert img.set_.contains_many(keys).tolist() == [key in model for key in keys]
            assert [each if each is None else each.v for each in img.index_.get_many(keys, default=None)] == [
                model.get(key) for key in keys]
            places = {key: i for i, key in enumerate(model)}
            assert img.index_.rows_many(keys).tolist() == [places.get(key, -1) for key in keys]

    check()


def test_key_sets(made):
    img = made("dataset D { s: set<u32>; }", {"s": [3, 1, 3, 2]})
    s = img.s
    assert isinstance(s, abc.Set) and len(s) == 3 and s == {1, 2, 3} and s > {1} and s & {1, 9} == {1}
    assert {0} | s == {0, 1, 2, 3} and s - {1} == {2, 3} and s ^ {1, 4} == {2, 3, 4}
    assert s.isdisjoint([7]) and not s.isdisjoint([3])
    assert 1.0 in s and -1 not in s and "x" not in s
    for attempt in (lambda: [] in s, lambda: hash(s), lambda: s.isdisjoint(3)):
        with pytest.raises(TypeError):
            attempt()


def test_empty_collections(made):
    img = made("record R { k: u32; t: [string]; } dataset D { rows: array<R>; i: index rows by k; m: multi rows by t;"
               "s: sorted rows by k; a: multi rows by k approximate; map_: map<u64, u64>; mm: multimap<string, R>; set_: set<string>; t: tensor<f64>; }", {})
    assert len(img.rows) == 0 and list(img.rows) == [] and list(img.rows[::-1]) == []
    for each in (img.i, img.m, img.s, img.map_, img.mm):
        assert len(each) == 0 and list(each.items()) == [] and 1 not in each and each.get("x") is None
    assert list(img.set_) == [] and 1 not in img.a and len(img.a) == 0
    assert img.t.shape == (0,) and img.rows.column("k").tolist() == []
    assert list(img.s[1:5]) == [] and list(img.s.range()) == []
    assert img.map_.get_many(np.arange(3), default=7).tolist() == [7, 7, 7]
    assert img.rows.to_numpy().shape == (0,)


def test_absent_keys_are_not_in_indexes(made):
    img = made("record R { k: u32?; t: u8; } dataset D { rows: array<R>; i: index rows by k; m: multi rows by t, k;"
               "s: sorted rows by k; }", {"rows": [(None, 1), (5, 1), (None, 2), (7, 2)]})
    assert list(img.i) == [5, 7] and len(img.i) == 2 and None not in img.i
    assert sorted(img.m) == [(1, 5), (2, 7)] and list(img.s) == [5, 7]


D, F = decimal.Decimal, fractions.Fraction
NUMBERS = [0, 1, 2, 2**53 + 1, 2**64, -1, True, False, 0.0, -0.0, 1.0, 0.5, 0.1, 1e300, float("inf"), float(2**53), D(1), D("1.5"), D("0.5"),
           D("0.1"), D("1E+400"), D("1E+300"), D("Infinity"), D("-0"), F(1), F(1, 2), F(1, 10), 1 + 0j, 0.5 + 0j, 1j, 1 + 1j, np.True_,
           np.False_, np.int8(1), np.uint64(2**63), np.float32(0.5), np.float64(0.1), np.longdouble("0.1"),
           np.longdouble(0.5), "1", b"1", None, (1,), (), frozenset([1]), object(), range(1), dt.date(1970, 1, 2)]


@pytest.mark.parametrize("kind, keys", [
    ("u8", [0, 1, 2]), ("i64", [0, 1, -1, 2**53 + 1]), ("u64", [1, 2**63, 2**53]), ("bool", [True]), ("bool", [False, True]),
    ("f64", [0.0, 1.0, 0.5, 0.1, 1e300, float(2**53), float("inf")]), ("f32", [0.5, 1.0, float("inf")])])
def test_numbers_are_the_keys_that_they_equal(made, kind, keys):
    img = made(f"record R {{ k: {kind}; s: {{{kind}}}; d: {{{kind}: u8}}; }} dataset D {{ rows: array<R>; i: index rows by k; m: multi rows by k;"
               f"o: sorted rows by k; map_: map<{kind}, u8>; set_: set<{kind}>; }}",
               {"rows": [(key, keys, {each: 1 for each in keys}) for key in keys], "map_": {key: 1 for key in keys}, "set_": keys})
    row = img.rows[0]
    for number in NUMBERS:
        for of in (img.i, img.m, img.o, img.map_, img.set_, row.s, row.d):
            assert (number in of) == (number in set(keys)), (number, of)
        assert (img.map_.get(number) is None) == (number not in set(keys))
    for key in (D("sNaN"), []):
        for of in (img.i, img.map_, row.s):
            with pytest.raises(TypeError):
                key in of


def test_bounds_between_floats(made):
    keys = [-math.inf, -1e300, 0.0, 0.1, 0.5, 2.0**53, 2.0**53 + 2, math.inf]
    img = made("record R { k: f64; } dataset D { rows: array<R>; s: sorted rows by k; }", {"rows": [(key,) for key in keys]})
    for bound in (D("0.1"), D("0.0999999999999999999999"), F(1, 10), F(1, 2), 2**53 + 1, 2**53, D("1E+400"), D("-1E+400"), 10**400,
                  -(10**400), 1, np.longdouble("0.1")):
        assert [row.k for row in img.s[bound:]] == [key for key in keys if key >= bound], bound
        assert [row.k for row in img.s[:bound]] == [key for key in keys if key < bound], bound
    for bound in ("x", 1j, (), None.__class__):
        with pytest.raises(TypeError):
            img.s[bound:]


def test_struct_keys(made):
    img = made("struct P { x: i16; y: i16; } record R { p: P; n: u8; } dataset D { rows: array<R>;"
               "i: index rows by p; m: multi rows by p, n; d: map<P, string>; }",
               {"rows": [((1, 2), 5), ((3, -4), 6)], "d": [((1, 2), "one")]})
    for key in ((1, 2), {"x": 1, "y": 2}, img.rows[0].p):
        assert img.i[key].n == 5 and img.d[key] == "one" and img.m[key, 5][0].n == 5
    assert (1, 3) not in img.i and (1,) not in img.i and 1 not in img.i and ((1, 2), 6) not in img.m
    assert [(each.x, each.y) for each in img.i] == [(1, 2), (3, -4)]


def test_times_as_keys(made):
    zone = dt.timezone(dt.timedelta(hours=1))
    img = made("dataset D { t: map<datetime, u8>; d: map<date, u8>; }",
               {"t": {dt.datetime(2020, 1, 1, 1, tzinfo=zone): 1}, "d": {dt.date(2020, 1, 1): 2}})
    assert img.t[dt.datetime(2020, 1, 1, 0, tzinfo=dt.timezone.utc)] == 1
    assert img.d[dt.date(2020, 1, 1)] == 2
    assert dt.datetime(2020, 1, 1) not in img.d and dt.date(2020, 1, 1) not in img.t


@pytest.mark.parametrize("kind", ["u8", "i16", "u64", "string", "date"])
def test_ranges(kind, tmp_path):
    path = tmp_path / "x.img"
    schema = f"record R {{ k: {kind}; n: u32; }} dataset D {{ rows: array<R>; s: sorted rows by k; }}"

    @given(st.lists(KEYS[kind], max_size=30), st.none() | KEYS[kind], st.none() | KEYS[kind])
    def check(keys, start, stop):
        libshm.build(schema, path, {"rows": [(key, i) for i, key in enumerate(keys)]})
        ordered = sorted(keys)
        low = 0 if start is None else bisect.bisect_left(ordered, start)
        high = len(ordered) if stop is None else bisect.bisect_left(ordered, stop)
        with libshm.open(path, verify="always") as img:
            assert [row.k for row in img.s[start:stop]] == ordered[low:high]
            assert [row.k for row in img.s.range(start, stop)] == ordered[low:high]
            assert [row.k for row in reversed(img.s.range(start=start))] == ordered[low:][::-1]
            assert list(img.s) == sorted(set(keys))
            if kind == "string" and start is not None:
                assert [row.k for row in img.s.prefix(start[:2])] == [k for k in ordered if k.startswith(start[:2])]

    check()


def test_bounds_that_are_no_keys(made):
    img = made("record R { k: u8; } dataset D { rows: array<R>; s: sorted rows by k; }",
               {"rows": [(k,) for k in (0, 3, 4, 255)]})

    def keys(start, stop):
        return [row.k for row in img.s[start:stop]]

    assert keys(-5, 3.5) == [0, 3] and keys(3.5, 1000) == [4, 255] and keys(3, 255.5) == [3, 4, 255]
    assert keys(300, None) == [] and keys(None, -1) == [] and keys(-(2**80), 2**80) == [0, 3, 4, 255]
    for bound in ("x", b"x", (1, 2)):
        with pytest.raises(TypeError):
            img.s[bound:]
    with pytest.raises(TypeError):
        img.s[1:2:3]


def test_compound_ranges(made):
    img = made("record R { a: string; b: i16; } dataset D { rows: array<R>; s: sorted rows by a, b; }",
               {"rows": [("x", 1), ("x", -2), ("y", 0), ("xy", 5)]})

    def pairs(rows):
        return [(row.a, row.b) for row in rows]

    assert list(img.s) == [("x", -2), ("x", 1), ("xy", 5), ("y", 0)]
    assert pairs(img.s["x",]) == [("x", -2), ("x", 1)] and pairs(img.s["x"]) == pairs(img.s["x",])
    assert pairs(img.s[("x", 0):("y",)]) == [("x", 1), ("xy", 5)]
    assert pairs(img.s.prefix(("x",))) == [("x", -2), ("x", 1), ("xy", 5)]


def test_unique_index_by_list(made):
    img = made("record R { t: [string]; } dataset D { rows: array<R>; i: index rows by t; }",
               {"rows": [(["a", "b"],), ([],), (["c", "c"],)]})
    assert list(img.i) == ["a", "b", "c"] and len(img.i) == 3
    assert {key: libshm.row_number(row) for key, row in img.i.items()} == {"a": 0, "b": 0, "c": 2}


def test_multimap_of_records(made):
    img = made("record R { x: u8; } dataset D { m: multimap<string, R>; o: map<string, u8?>; }",
               {"m": [("a", {"x": 1}), ("a", (2,)), ("b", (3,))], "o": {"x": None, "y": 4}})
    assert [each.x for each in img.m["a"]] == [1, 2] and img.m["b"][0].x == 3
    assert img.o["x"] is None and "x" in img.o and img.o["y"] == 4
    assert img.o.get_many(["y", "x", "z"], default=9) == [4, None, 9]
    assert operator.length_hint(iter(img.m["a"])) == 2
    assert uuid.UUID(int=1) not in img.m


def test_mappings_compare_as_dicts(made):
    schema = ("struct P { x: u8; } record R { k: u32; n: string; f: f64?; } dataset D { rows: array<R>; i: index rows by k; m: multi rows by n; s: sorted rows by n;"
              "map_: map<u64, i64>; texts: map<string, [i32]>; values: multimap<u32, string>; points: map<P, u8>; a: multi rows by n approximate; }")
    data = {"rows": [(1, "a", 0.5), (2, "b", None), (3, "a", 1.5)], "map_": {1: 10, 2: 20}, "texts": {"x": [1], "y": []},
            "values": [(1, "p"), (1, "q"), (2, "r")], "points": {(1,): 2}}
    img, again, other = made(schema, data), made(schema, data), made(schema, {**data, "map_": {1: 10, 2: 21}, "rows": data["rows"][:2]})
    plain = {"map_": {1: 10, 2: 20}, "texts": {"x": [1], "y": []}, "values": {1: ["p", "q"], 2: ["r"]}, "points": {(1,): 2},
             "i": {row.k: row for row in img.rows}, "m": {"a": [img.rows[0], img.rows[2]], "b": [img.rows[1]]},
             "s": {"a": [img.rows[0], img.rows[2]], "b": [img.rows[1]]}}
    for name, model in plain.items():
        of = img[name]
        for equal in (of, again[name], model, collections.OrderedDict(model), types.MappingProxyType(model)):
            assert of == equal and equal == of and not of != equal, name
        first = next(iter(model))
        for unequal in ({}, {**model, "more": 1}, {**model, first: None}, dict(list(model.items())[1:]), list(model), None, 5):
            assert of != unequal and unequal != of and not of == unequal, name
        for attempt in (lambda: hash(of), lambda: of < of, lambda: of < {}):
            with pytest.raises(TypeError):
                attempt()
    assert img.map_ != other.map_ and img.i != other.i and img.m == img.s and img.texts == other.texts
    assert img.a == img.a and img.a != again.a and hash(img.a)
    img.close()
    with pytest.raises(libshm.ClosedError):
        img.map_ == {}


def test_tables_compare_as_lists(geo, geo_path, made):
    cities, rows = geo.cities, list(geo.cities)
    again = libshm.open(geo_path).cities
    for cut in (slice(None), slice(2, 5), slice(None, None, -1), slice(7, 7), slice(1, 30, 7)):
        assert cities[cut] == rows[cut] and rows[cut] == cities[cut] and cities[cut] == cities[cut] and cities[cut] == again[cut]
        assert not cities[cut] != rows[cut] and cities[cut] != rows[cut] + [1]
    assert cities[2:5] != cities[3:6] and cities[2:5] != cities[2:4] and cities[::-1] != cities and cities[2:5] != tuple(rows[2:5]) and cities != 5
    for attempt in (lambda: hash(cities), lambda: cities < rows):
        with pytest.raises(TypeError):
            attempt()
    assert cities.count(rows[3]) == again.count(rows[3]) == 1 and cities.count(5) == 0 and cities[:2].count(rows[3]) == 0
    same = made("record R { x: u8; } dataset D { rows: array<R>; m: multi rows by x; v: multimap<u8, string>; }",
                {"rows": [(1,), (2,), (1,)], "v": [(1, "a"), (1, "b"), (1, "a")]})
    assert same.rows.count(same.rows[0]) == 2 and same.m[1].count(same.rows[2]) == 2 and same.m[1].index(same.rows[2]) == 0
    assert same.v[1].index("b") == 1 and same.v[1].index("a", 1) == 2 and same.v[1].count("a") == 2
    for attempt in (lambda: same.v[1].index("c"), lambda: same.m[1].index(same.rows[1])):
        with pytest.raises(ValueError):
            attempt()


def test_get_takes_its_default_by_name(geo):
    for of, key, other in ((geo.by_id, 30, 31), (geo.by_name, "city 3", "x"), (geo.in_order, "city 3", "x"), (geo.sounds, "city 3", "x"),
                           (geo.timezones, "CH", "x"), (geo.events, 1, 9), (geo.cities[1].names, "de", "x")):
        assert of.get(key, default=5) != 5 and of.get(other, default=5) == of.get(other, 5) == 5 and of.get(other, default=None) is None
        for attempt in (lambda: of.get(), lambda: of.get(default=5), lambda: of.get(key, other=5), lambda: of.get(key, 5, default=5),
                        lambda: of.get(key, default=5, other=6), lambda: of.get(key, 5, 6)):
            with pytest.raises(TypeError, match="get takes a key and a default"):
                attempt()


def test_sets_of_an_image_and_of_its_rows_meet(tmp_path):
    schema = "record R { a: {u32}; } dataset D { rows: array<R>; seen: set<u32>; }"
    libshm.build(schema, tmp_path / "sets.img", {"rows": [({1, 2, 3},)], "seen": [2, 3, 4]})
    with libshm.open(tmp_path / "sets.img") as img:
        seen, part = img.seen, img.rows[0].a
        assert seen & part == {2, 3} == part & seen
        assert seen - part == {4} and part - seen == {1}
        assert seen | {9: 0}.keys() == {2, 3, 4, 9}
        assert {2: 0}.keys() ^ seen == {3, 4}
        assert type(seen & part) is type(seen | {1}) is frozenset
        with pytest.raises(TypeError):
            seen & [2]
