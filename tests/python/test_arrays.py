"""NumPy arrays on the bytes of images, many keys at once, and Arrow."""

import datetime as dt
import pickle
import subprocess
import sys
import threading
import uuid

import libshm
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import COUNT, city


def test_columns(geo):
    cities = geo.cities
    ids = cities.column("id")
    assert ids.dtype == np.uint32 and ids.tolist() == [10 * i for i in range(COUNT)]
    assert cities.column("where.lat").tolist() == [i / 2 for i in range(COUNT)]
    assert cities.column("where")["lon"].tolist() == [-i for i in range(COUNT)]
    assert cities.column("digest").shape == (COUNT, 4) and cities.column("digest")[:, 3].tolist() == [255] * COUNT
    assert cities.column("kind").dtype == np.uint8 and set(cities.column("kind").tolist()) == {0, 1, 7}
    assert cities.column("flag").dtype == np.bool_ and cities.column("key").dtype.itemsize == 16
    assert cities.column("key")[3].tobytes()[-1] == 3
    for array in (ids, cities.column("where.lat"), cities.column("digest")):
        assert not array.flags.writeable and not array.flags.owndata
        with pytest.raises(ValueError):
            array[0] = 1
        with pytest.raises(ValueError):
            array.flags.writeable = True


def test_optional_columns_are_masked(geo):
    population = geo.cities.column("population")
    assert population.dtype == np.uint64
    assert population.tolist() == [city(i)["population"] for i in range(COUNT)]
    founded = geo.cities.column("founded")
    days = [None if d is None else (d - dt.date(1970, 1, 1)).days for d in (city(i)["founded"] for i in range(COUNT))]
    assert founded.tolist() == days
    seen = geo.cities.column("seen")
    assert seen[0].item() == dt.datetime(2020, 1, 2, 1, 4, 5, 678900)
    assert geo.cities.column("level").tolist() == list(range(COUNT))
    assert geo.cities.column("twin").dtype == np.uint64


def test_columns_of_slices(geo):
    for cut in (slice(3, 40, 5), slice(None, None, -1), slice(30, 2, -3), slice(0, 0), slice(59, None)):
        assert geo.cities[cut].column("id").tolist() == geo.cities.column("id")[cut].tolist()
        assert geo.cities[cut].column("population").tolist() == geo.cities.column("population")[cut].tolist()
        assert list(geo.cities[cut].column("name")) == [row.name for row in geo.cities[cut]]
        assert geo.cities[cut].to_numpy()["id"].tolist() == geo.cities.column("id")[cut].tolist()


def test_columns_without_a_fixed_size(geo):
    names = geo.cities.column("name")
    assert len(names) == COUNT and names[4] == "city 4" and list(names[2:5]) == ["city 2", "city 3", "city 4"]
    assert pickle.loads(pickle.dumps(names))[4] == "city 4"
    assert "name" in repr(names)
    for name in ("nothing", "where.up", "id.x", "", "name.x"):
        with pytest.raises(KeyError):
            geo.cities.column(name)
    for name in (3, None, b"name"):
        with pytest.raises(TypeError, match="cities: column takes the name of a field, not"):
            geo.cities.column(name)


def test_structured_arrays(made):
    img = made("struct P { x: i16; y: f64; } record R { a: u8; p: P; t: (u8, u32); r: f32[2]; d: date; u: uuid; }"
               "record S { a: u8; name: string; } dataset D { rows: array<R>; others: array<S>; m: map<u32, P>; }",
               {"rows": [(i, (i, 0.5), (1, i), [i, 1], dt.date(1970, 1, 1 + i), __import__("uuid").UUID(int=i))
                         for i in range(5)],
                "others": [(1, "x")], "m": {3: (1, 2.5)}})
    array = np.asarray(img.rows)
    assert array.dtype.names == ("a", "p", "t", "r", "d", "u") and array.shape == (5,)
    assert array["p"]["x"].tolist() == [0, 1, 2, 3, 4] and array["t"]["f1"][4] == 4 and array["r"][3, 0] == 3
    assert array["d"].tolist() == [0, 1, 2, 3, 4] and not array.flags.writeable and not array.flags.owndata
    assert img.rows.to_numpy().dtype == array.dtype
    with pytest.raises(TypeError, match="name"):
        np.asarray(img.others)
    assert img.others.to_numpy().dtype.names == ("a",)
    assert img.m.get_many(np.array([3, 4], np.uint32), default=(0, 0)).tolist() == [(1, 2.5), (0, 0.0)]


def test_structured_arrays_are_rows(made):
    array = np.zeros(10_000, [("a", "u1"), ("name", "U4"), ("x", "f8", 2)])
    array["a"], array["name"], array["x"] = np.arange(10_000) % 256, "abc", [1.5, 2]
    img = made("record R { a: u8; name: string; x: [f64]; } dataset D { rows: array<R>; }", {"rows": array})
    assert len(img.rows) == 10_000 and libshm.materialize(img.rows[300]) == {"a": 44, "name": "abc", "x": [1.5, 2.0]}


def test_structured_arrays_of_fixed_rows(made, tmp_path):
    schema = ("enum E : u8 { a, b } struct P { x: i16; y: f64; } record R { k: u32; p: P; v: f32[2]; e: E; t: datetime; }"
              "dataset D { rows: array<R>; by_k: index rows by k; }")
    count = 40_000
    rows = np.zeros(count, [("v", "f4", 2), ("k", "u2"), ("e", "u1"), ("t", "M8[us]"), ("p", [("x", "i2"), ("y", "f8")])])
    rows["k"], rows["v"][:, 1], rows["e"], rows["p"]["x"] = np.arange(count), 1.5, np.arange(count) % 2, -3
    rows["t"] = np.datetime64("2020-01-02T03:04:05.678901")
    slow = made(schema, {"rows": rows})  # a struct within: row by row
    flat = made(schema, {"rows": slow.rows.to_numpy()})  # exactly as the table's rows lie
    assert open(flat.path, "rb").read() == open(slow.path, "rb").read()
    assert flat.by_k[39_999].p.x == -3 and flat.rows[7].v == [0.0, 1.5] and flat.rows[7].e == 1
    assert flat.rows[1].t == dt.datetime(2020, 1, 2, 3, 4, 5, 678901)
    plain = "record R { a: u64; b: f64; c: bool; } dataset D { rows: array<R>; }"
    array = np.zeros(40_000, [("b", "f4"), ("a", "u4"), ("c", "?")])
    array["a"] = np.arange(40_000)
    cast = made(plain, {"rows": array[::-1]})
    assert cast.rows.column("a").tolist() == list(range(40_000))[::-1]
    assert open(cast.path, "rb").read() == open(made(plain, {"rows": [(row.a, row.b, row.c) for row in cast.rows]}).path, "rb").read()
    bad = slow.rows.to_numpy().copy()
    bad["e"][20_000] = 9
    with pytest.raises(libshm.InvalidError, match="rows: row 20000: e: unknown value 9"):
        libshm.build(schema, tmp_path / "bad.img", {"rows": bad})
    with pytest.raises(libshm.InvalidError, match="rows: row 0: "):
        libshm.build(plain, tmp_path / "bad.img", {"rows": np.zeros(3, [("a", "u8"), ("z", "u8")])})
    assert not (tmp_path / "bad.img").exists()


def test_tensors(made):
    for dtype in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"):
        kind = dtype[0] + str(8 * int(dtype[1:]))
        array = (np.arange(24) % 2).reshape(2, 3, 4).astype(dtype)
        img = made(f"dataset D {{ t: tensor<{kind}>; }}", {"t": array})
        assert img.t.dtype == array.dtype and (img.t == array).all() and not img.t.flags.writeable
        assert img.t.ctypes.data % 64 == 0
    fortran = np.asfortranarray(np.arange(12.0).reshape(3, 4))[:, ::2]
    assert (made("dataset D { t: tensor<f64>; }", {"t": fortran}).t == fortran).all()
    assert made("dataset D { t: tensor<f64>; }", {"t": np.float64(3)}).t.shape == ()
    assert made("dataset D { t: tensor<f64>; }", {"t": [[1, 2], [3, 4]]}).t.tolist() == [[1, 2], [3, 4]]
    pieces = ((4, 3), (np.full(3, i, np.int16) for i in range(4)))
    assert made("dataset D { t: tensor<i16>; }", {"t": pieces}).t.tolist() == [[i] * 3 for i in range(4)]
    assert made("dataset D { t: tensor<f64>; }", {"t": np.arange(3, dtype="i4")}).t.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind, data", [
    ("u8", np.arange(3)), ("f32", np.arange(3.0)), ("i32", [1.5]), ("u8", [300]), ("i8", [-200]), ("u8", ["x"]),
    ("i64", np.arange(3, dtype="u8")), ("f64", [[1], [1, 2]])])
def test_tensors_of_another_type(kind, data, tmp_path):
    with pytest.raises((TypeError, ValueError)):
        libshm.build(f"dataset D {{ t: tensor<{kind}>; }}", tmp_path / "x.img", {"t": data})
    assert list(tmp_path.iterdir()) == []


def test_tensor_pieces_that_do_not_fill_it(tmp_path):
    with pytest.raises(libshm.InvalidError):
        libshm.build("dataset D { t: tensor<u8>; }", tmp_path / "x.img", {"t": ((4,), [np.zeros(3, "u1")])})
    assert list(tmp_path.iterdir()) == []


def test_arrays_pickle_as_their_place(geo):
    heights = geo.heights
    for array in (heights, heights[1], heights[:, ::-1], heights.T, geo.cities.column("id"), geo.cities.column("id")[7:50:3],
                  geo.cities.column("where.lat")[::-1], geo.cities.to_numpy(), geo.cities.column("digest")[3:, 1]):
        data = pickle.dumps(array)
        assert len(data) < 700
        again = pickle.loads(data)
        assert again.dtype == array.dtype and again.shape == array.shape and (again == array).all()
        assert not again.flags.writeable and not again.flags.owndata
        assert np.shares_memory(again, array)
    for cut in (slice(None), slice(50, 3, -4)):
        column = geo.cities[cut].column("population")
        data = pickle.dumps(column)
        assert len(data) < 400 and pickle.loads(data).tolist() == column.tolist()
        assert pickle.loads(pickle.dumps(column[2:9])).tolist() == column[2:9].tolist()
        assert pickle.loads(pickle.dumps(column * 2)).tolist() == (column * 2).tolist()
    for copy in (heights + 1, heights.copy(), heights.astype("f8"), heights.sum(axis=0), np.sqrt(heights)):
        assert type(copy) is np.ndarray or not np.shares_memory(copy, heights)
        assert (pickle.loads(pickle.dumps(copy)) == copy).all()
    assert isinstance(heights.sum(), np.float32) and heights.sum() == 21


def test_a_forged_place_is_refused(geo):
    rebuild, (home, offset, shape, strides, dtype) = geo.heights.__reduce__()
    assert (rebuild(home, offset, shape, strides, dtype) == geo.heights).all()
    for bad in ((offset, (200, 3), strides), (offset + 8, shape, strides), (-8, shape, strides),
                (offset, shape, (2**40, 4)), (2**62, shape, strides)):
        with pytest.raises((TypeError, ValueError)):
            rebuild(home, *bad, dtype)
    _, (path, content, where) = geo.by_name["city 3"].__reduce__()
    at = geo.by_name._rows_at
    assert [row.id for row in at(*where[2:])] == [30, 280, 530]
    for bad in ((2**63, 3, 1, 4), (geo.size - 4, 3, 1, 4), (where[2], 2**60, 1, 4), (where[2], 3, 2**60, 4),
                (where[2], 3, -2**62, 4), (where[2], 3, 1, 3), (where[2], -1, 1, 4), (5, 7, 1, 0), (0, 3, -2**63, 8)):
        with pytest.raises(ValueError):
            at(*bad)
    wild = at(0, 2, 1, 8)
    with pytest.raises(IndexError):
        list(wild)


# ---- many keys ----


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">u8"])
@pytest.mark.parametrize("kind", ["i8", "i64", "u16", "u64", "i32"])
def test_many_keys_of_any_integer_type(made, dtype, kind):
    keys = [-128, -5, -1, 0, 1, 5, 127, 200, 40000, 2**63, 2**64 - 1, -(2**63)]
    limits = {"i8": (-128, 127), "i64": (-(2**63), 2**63 - 1), "u16": (0, 65535), "u64": (0, 2**64 - 1),
              "i32": (-(2**31), 2**31 - 1)}[kind]
    model = {key: i for i, key in enumerate(keys) if limits[0] <= key <= limits[1]}
    img = made(f"record R {{ k: {kind}; }} dataset D {{ m: map<{kind}, i16>; s: map<{kind}, string>; rows: array<R>;"
               "i: index rows by k; }", {"m": model, "s": {key: "x" for key in model}, "rows": [(k,) for k in model]})
    info = np.iinfo(dtype)
    asked = np.array([key for key in keys if info.min <= key <= info.max], dtype)
    expected = [model.get(int(key), -99) for key in asked]
    assert img.m.get_many(asked, default=-99).tolist() == expected
    assert img.m.contains_many(asked).tolist() == img.s.contains_many(asked).tolist() == [e != -99 for e in expected]
    places = {key: i for i, key in enumerate(model)}
    assert img.i.rows_many(asked).tolist() == [places.get(int(key), -1) for key in asked]


def test_many_keys_keep_the_shape(made):
    img = made("dataset D { m: map<u32, f32>; v: map<u32, f64>; }", {"m": {i: i / 2 for i in range(100)}})
    keys = np.arange(12).reshape(3, 4)
    for given_keys in (keys, np.asfortranarray(keys), keys.T, keys[::-1, ::2], keys[1], np.int64(3)):
        found = img.m.get_many(given_keys)
        assert found.shape == given_keys.shape and found.dtype == np.float32
        assert (found == given_keys / 2).all()
    assert img.m.get_many([]).shape == (0,) and img.m.get_many(range(3)).tolist() == [0, 0.5, 1]
    assert img.m.get_many(k for k in (1, 2)).tolist() == [0.5, 1]
    large = np.random.default_rng(1).integers(0, 200, 100_000)
    assert (img.m.get_many(large, default=-1) == np.where(large < 100, large / 2, -1)).all()


def test_many_keys_that_are_not_there(made):
    img = made("dataset D { m: map<u32, u8>; s: map<string, u8>; }", {"m": {1: 2}, "s": {"a": 3}})
    with pytest.raises(KeyError, match="7"):
        img.m.get_many(np.array([1, 7, 8]))
    with pytest.raises(KeyError, match="b"):
        img.s.get_many(["a", "b"])
    for default, error in ((300, OverflowError), (-1, OverflowError), ("x", TypeError), (0.5, TypeError)):
        with pytest.raises(error, match="default"):
            img.m.get_many(np.array([1]), default=default)
    assert img.m.get_many([1, 9], default=None) == [2, None]
    for keys in (np.array([1.0]), np.array(["1"]), np.array([np.nan]), np.array([1], "M8[D]"), np.array([1j])):
        with pytest.raises((TypeError, KeyError)):
            img.m.get_many(keys)
    with pytest.raises(TypeError):
        img.m.get_many([[1]])
    with pytest.raises(TypeError):
        img.m.contains_many(3)
    with pytest.raises(TypeError):
        img.m.get_many()


def test_many_texts(made):
    words = ["", "a", "b" * 15, "c" * 16, "d" * 300, "ä", "日本"]
    img = made("dataset D { s: map<string, u8>; b: map<bytes, u8>; }",
               {"s": {word: i for i, word in enumerate(words)}, "b": {word.encode(): i for i, word in enumerate(words)}})
    for keys in (words, tuple(words), np.array(words), np.array(words, object)):
        assert img.s.get_many(keys).tolist() == list(range(len(words)))
    encoded = [word.encode() for word in words]
    for keys in (encoded, np.array(encoded)):
        assert img.b.get_many(keys).tolist() == list(range(len(words)))
    assert img.s.contains_many(["a", 5, None, "\ud800", b"a"]).tolist() == [True, False, False, False, False]
    with pytest.raises(TypeError):
        img.s.get_many(np.arange(3))


def test_many_keys_of_other_types(made):
    days = [dt.date(2020, 1, 1 + i) for i in range(5)]
    times = [dt.datetime(2020, 1, 1, i) for i in range(5)]
    img = made("record R { a: u8; b: string; } dataset D { d: map<date, u8>; t: map<datetime, u8>; f: map<f64, u8>;"
               "rows: array<R>; c: index rows by a, b; bools: map<bool, u8>; }",
               {"d": dict(zip(days, range(5))), "t": dict(zip(times, range(5))), "f": {0.5: 1, 0.0: 2, 1e300: 3},
                "rows": [(i, str(i)) for i in range(4)], "bools": {True: 1}})
    assert img.d.get_many(np.array(days, "M8[D]")).tolist() == img.d.get_many(days).tolist() == list(range(5))
    assert img.t.get_many(np.array(times, "M8[us]")).tolist() == img.t.get_many(times).tolist() == list(range(5))
    assert img.f.get_many(np.array([0.5, -0.0, 7, -1e300, np.nan]), default=9).tolist() == [1, 2, 9, 9, 9]
    assert img.f.get_many(np.array([0.5, 0], "f2")).tolist() == [1, 2]
    assert img.c.rows_many([(0, "0"), (1, "0"), (3, "3")]).tolist() == [0, -1, 3]
    assert img.c.contains_many([(0, "0"), (1, "0")]).tolist() == [True, False]
    assert img.bools.get_many(np.array([True, False]), default=0).tolist() == [1, 0]


MANY_KINDS = {
    "u8": [0, 5, 255], "i64": [-(2**63), -1, 7], "f32": [0.5, -2.0, 0.25], "f64": [0.5, 1e300, 0.1], "bool": [True],
    "string": ["a", "ä", "b" * 30], "bytes": [b"a", b"\xff", b"b" * 30],
    "date": [dt.date(1970, 1, 2), dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "datetime": [dt.datetime(1970, 1, 1, 0, 0, 0, 5), dt.datetime(2020, 1, 2, 3), dt.datetime(1960, 5, 6)],
    "uuid": [uuid.UUID(int=1 << 120), uuid.UUID(int=1), uuid.UUID(int=2**128 - 1)]}


@pytest.fixture(scope="module", params=MANY_KINDS)
def many(request, tmp_path_factory):
    """An image of a key type with every kind of collection, and its keys."""
    kind, keys = request.param, MANY_KINDS[request.param]
    path = tmp_path_factory.mktemp("many") / "x.img"
    libshm.build(f"record R {{ k: {kind}; v: u8; }} dataset D {{ rows: array<R>; index_: index rows by k; multi_: multi rows by k;"
                 f"sorted_: sorted rows by k; map_: map<{kind}, u8>; texts: map<{kind}, string>; values: multimap<{kind}, u8>;"
                 f"set_: set<{kind}>; }}", path,
                 {"rows": [(key, i) for i, key in enumerate(keys)], "map_": {key: i for i, key in enumerate(keys)},
                  "texts": {key: str(i) for i, key in enumerate(keys)}, "values": [(key, i) for i, key in enumerate(keys)], "set_": keys})
    return kind, keys, libshm.open(path)


def found_by(img, keys):
    """Which keys each way to find many finds: they must agree."""
    ways = {"index_": lambda row: row.v, "multi_": lambda rows: rows[0].v, "sorted_": lambda rows: rows[0].v, "map_": int,
            "texts": int, "values": lambda values: values[0]}
    there = img.set_.contains_many(keys).ravel().tolist()
    assert [each >= 0 for each in img.index_.rows_many(keys).ravel().tolist()] == there
    answers = []
    for name, number in ways.items():
        assert img[name].contains_many(keys).ravel().tolist() == there
        found = img[name].get_many(keys, default=None)
        assert [each is not None for each in found] == there
        if all(there):
            assert len(np.ravel(img.map_.get_many(keys))) == len(img.texts.get_many(keys)) == len(there)
        elif name != "map_":
            with pytest.raises(KeyError):
                img[name].get_many(keys)
        answers.append([None if each is None else number(each) for each in found])
    assert img.map_.get_many(keys, default=99).ravel().tolist() == [99 if each is None else each for each in answers[0]]
    assert all(each == answers[0] for each in answers)
    return answers[0]


def test_all_ways_to_find_many_agree(many):
    kind, keys, img = many
    numbers = list(range(len(keys)))
    forms = [keys, tuple(keys), np.array(keys, object), np.array(keys, object).reshape(1, -1), img.rows.column("k")]
    if kind not in ("uuid", "date", "datetime"):
        forms.append(np.array(keys))
    if kind == "string":
        forms.append(np.array([key.encode() for key in keys]))
    if kind in ("date", "datetime"):
        forms += [np.array(keys, "M8[us]"), np.array(keys, ">M8[us]")]
    for form in forms:
        assert found_by(img, form) == numbers
    assert found_by(img, img.rows[::-1].column("k")) == numbers[::-1]
    if kind == "date":
        assert found_by(img, np.array(keys, "M8[D]")) == numbers and found_by(img, np.array(keys[0], "M8[D]")) == [0]
    if kind == "datetime":
        assert found_by(img, np.array(keys, "M8[ns]")) == numbers and found_by(img, np.array(keys[1:], "M8[h]")) == [1, 2]
    if kind in ("u8", "i64", "f64", "string"):
        assert found_by(img, np.array(keys)[1]) == [1]


def test_keys_that_no_conversion_makes_equal(many):
    kind, keys, img = many
    others = {
        "date": [np.array(["1970-01-02T23:59:59", "1970-01-02", "NaT"], "M8[s]")],
        "datetime": [np.array([5999, 5000, -1], "M8[ns]"), np.array(["NaT", "1970-01-01T00:00:00.000005"], "M8[us]")],
        "string": [np.array([b"\xff", b"a"])], "float": [], "bytes": [np.array(["a"]), np.array([b"b"])],
        "uuid": [np.array([str(keys[0])]), np.zeros(2, "V16")]}.get(kind, [])
    for form in others:
        answer = found_by(img, form)
        assert None in answer and sum(each is not None for each in answer) <= 1
    wrong = [np.array([1j]), np.zeros(1, "V8"), np.zeros(1, "V16") if kind != "uuid" else np.zeros(1, "S16")]
    if kind not in ("f32", "f64"):
        wrong.append(np.array([1.0]))
    for form in wrong:
        for find in (img.index_.get_many, img.index_.contains_many, img.index_.rows_many, img.map_.get_many, img.values.get_many):
            with pytest.raises(TypeError):
                find(form)


def test_masked_arrays_are_no_keys_and_no_values(many, made, tmp_path):
    kind, keys, img = many
    column = np.ma.array(img.rows.column("k")) if isinstance(img.rows.column("k"), np.ndarray) else np.ma.array(keys, object)
    assert None not in found_by(img, column)
    column[0] = np.ma.masked
    for find in (img.index_.get_many, img.index_.contains_many, img.index_.rows_many, img.map_.get_many, img.texts.get_many):
        with pytest.raises(ValueError, match=f"1 of {len(keys)} elements are masked"):
            find(column)
    tensors = "record R { t: tensor<f64>; l: [f64]; } dataset D { t: tensor<f64>; rows: array<R>; }"
    hidden, plain = np.ma.array([1.0, 2.0], mask=[0, 1]), np.ma.array([1.0, 2.0])
    good = made(tensors, {"t": plain, "rows": [(plain, plain)]})
    assert good.t.tolist() == good.rows[0].l == good.rows[0].t.tolist() == [1.0, 2.0]
    for data in ({"t": hidden}, {"t": ((2,), [hidden])}, {"rows": [(hidden, [])]}, {"rows": [([1.0], hidden)]}):
        with pytest.raises(libshm.InvalidError):
            libshm.build(tensors, tmp_path / "x.img", data)
    rows = np.ma.array([(1, 2.0), (3, 4.0)], dtype=[("a", "u1"), ("b", "f8")])
    schema = "record R { a: u8; b: f64?; } dataset D { rows: array<R>; }"
    rows["b"][1] = np.ma.masked
    assert [(row.a, row.b) for row in made(schema, {"rows": rows}).rows] == [(1, 2.0), (3, None)]
    with pytest.raises(libshm.InvalidError):
        libshm.build(schema.replace("?", ""), tmp_path / "x.img", {"rows": rows})


def test_threads_find_at_the_same_time(made):
    img = made("dataset D { m: map<u64, i64>; }", {"m": ((i, -i) for i in range(20_000))})
    keys = np.random.default_rng(2).integers(0, 40_000, 400_000).astype("u8")
    expected = np.where(keys < 20_000, -keys.astype("i8"), 1)
    results = []
    threads = [threading.Thread(target=lambda: results.append(img.m.get_many(keys, default=1))) for _ in range(4)]
    for thread in threads:
        thread.start()
    closing = 0
    while any(thread.is_alive() for thread in threads):
        try:
            img.close()
            break
        except BufferError:
            closing += 1
    for thread in threads:
        thread.join()
    if not img.closed:
        assert len(results) == 4
    for result in results:
        assert (result == expected).all()


def test_numpy_is_not_imported_without_need(geo_path):
    code = f"""
import sys, libshm
img = libshm.open({str(geo_path)!r})
assert img.by_id[30].name == "city 3" and 5 in img.blocked and list(img.cities[3].tags)
libshm.build("record R {{ x: u8; }} dataset D {{ rows: array<R>; }}", {str(geo_path) + ".2"!r}, {{"rows": [(1,)]}})
assert "numpy" not in sys.modules
img.heights
assert "numpy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- Arrow ----


def test_a_table_in_arrow(geo):
    table = pa.table(geo.cities)
    assert table.num_rows == COUNT
    rows = table.to_pylist()
    for i, row in enumerate(rows):
        given_row = city(i)
        assert row["id"] == given_row["id"] and row["name"] == given_row["name"] and row["kind"] == given_row["kind"]
        assert row["where"] == given_row["where"] and row["population"] == given_row["population"]
        assert row["tags"] == given_row["tags"] and row["digest"] == given_row["digest"]
        assert set(row["aliases"]) == given_row["aliases"] and dict(row["names"]) == given_row["names"]
        assert row["founded"] == given_row["founded"] and row["seen"] == given_row["seen"]
        assert row["climate"] == given_row["climate"] and row["twin"] == (i + 1) % COUNT
        assert row["level"] == i and row["pair"] == {"f0": i, "f1": given_row["pair"][1]}
        assert row["grid"] == {"shape": [2, 2], "data": [float(i), 1.0, 2.0, 3.0]}
        assert row["price"] == f"{i}.10" and row["key"] == given_row["key"].bytes and row["blob"] == given_row["blob"]
        assert row["odds"] == given_row["odds"] and row["flag"] == given_row["flag"]
        assert set(row["ids"]) == given_row["ids"] and dict(row["nested"]) == given_row["nested"]
    table.validate(full=True)
    assert not table.schema.field("id").nullable and table.schema.field("population").nullable


def test_arrow_of_slices_and_columns(geo):
    assert pa.table(geo.cities[5:40:7])["id"].to_pylist() == geo.cities[5:40:7].column("id").tolist()
    assert pa.table(geo.cities[::-1])["name"].to_pylist() == list(geo.cities[::-1].column("name"))
    assert pa.table(geo.cities[:0]).num_rows == 0
    assert pa.array(geo.cities.column("name")).to_pylist() == [row.name for row in geo.cities]
    assert pa.array(geo.cities.column("tags")[3:5]).to_pylist() == [geo.cities[3].tags[:], geo.cities[4].tags[:]]
    assert pa.array(geo.cities.column("id")).to_pylist() == geo.cities.column("id").tolist()
    batch = pa.record_batch(geo.cities)
    assert batch.num_rows == COUNT and pa.schema(geo.cities) == batch.schema
    reader = pa.RecordBatchReader.from_stream(geo.cities)
    assert reader.read_all().equals(pa.table(geo.cities))


def test_arrow_outlives_the_image(geo_path):
    with libshm.open(geo_path) as img:
        table = pa.table(img.cities)
    assert table["id"].to_pylist()[-1] == 10 * (COUNT - 1)


def test_arrow_has_no_type_for_trees(made):
    img = made("record T { x: u8; inner: T?; } dataset D { trees: array<T>; }", {"trees": [{"x": 1}]})
    with pytest.raises(TypeError, match="T nests"):
        pa.table(img.trees)


def test_unused_capsules_are_freed(geo):
    for _ in range(100):
        geo.cities.__arrow_c_stream__()
        geo.cities.__arrow_c_array__()
        geo.cities.__arrow_c_schema__()
        geo.cities.column("names").__arrow_c_array__()


def test_optional_values_in_arrow(tmp_path):
    path = tmp_path / "x.img"
    fields = {"a": "u8?", "b": "string?", "c": "[bool?]", "d": "{string: f32?}?", "e": "(i8?, bool)?", "f": "bool?"}
    rows = st.fixed_dictionaries({
        "a": st.none() | st.integers(0, 255), "b": st.none() | st.text("xyz", max_size=20),
        "c": st.lists(st.none() | st.booleans(), max_size=9),
        "d": st.none() | st.dictionaries(st.text("ab", max_size=3), st.none() | st.integers(0, 9).map(float), max_size=3),
        "e": st.none() | st.tuples(st.none() | st.integers(-5, 5), st.booleans()), "f": st.none() | st.booleans()})

    @given(st.lists(rows, max_size=20))
    def check(data):
        libshm.build(f"record R {{ {' '.join(f'{n}: {t};' for n, t in fields.items())} }} dataset D {{ r: array<R>; }}",
                     path, {"r": data})
        with libshm.open(path) as img:
            table = pa.table(img.r)
        table.validate(full=True)
        for row, back in zip(data, table.to_pylist()):
            assert back["a"] == row["a"] and back["b"] == row["b"] and back["c"] == row["c"] and back["f"] == row["f"]
            assert (back["d"] if back["d"] is None else dict(back["d"])) == row["d"]
            assert (back["e"] if back["e"] is None else tuple(back["e"].values())) == row["e"]

    check()
