"""Building: what rows may be, and what happens where they cannot be taken."""

import array
import collections
import dataclasses
import datetime as dt
import enum
import os
import signal
import threading
import types

import libshm
import numpy as np
import pytest

ROW = "record R { a: u8; b: string; c: [i16]?; } dataset D { rows: array<R>; by_a: index rows by a; }"


class Point:
    __slots__ = ("a", "b", "c")

    def __init__(self, a, b, c=None):
        self.a, self.b, self.c = a, b, c


@dataclasses.dataclass
class Data:
    a: int
    b: str


Named = collections.namedtuple("Named", "b a")  # by name, not by place


@pytest.mark.parametrize("row", [
    {"a": 1, "b": "x", "c": [1]}, {"c": (1,), "b": "x", "a": 1}, (1, "x", [1]), [1, "x", [1]], Point(1, "x", [1]),
    types.SimpleNamespace(a=1, b="x", c=range(1, 2)), types.MappingProxyType({"a": 1, "b": "x", "c": {1}}),
    collections.OrderedDict(a=1, b="x", c=array.array("h", [1])), (1, "x", np.array([1], np.int16)),
    (1, "x", np.array([1])), (1, "x", (i for i in [1]))])
def test_forms_of_rows(made, row):
    assert libshm.materialize(made(ROW, {"rows": [row]}).rows[0]) == {"a": 1, "b": "x", "c": [1]}


@pytest.mark.parametrize("row", [{"a": 1, "b": "x"}, Data(1, "x"), Named("x", 1), Point(1, "x")])
def test_fields_left_out(made, row):
    assert libshm.materialize(made(ROW, {"rows": [row]}).rows[0]) == {"a": 1, "b": "x", "c": None}


REFUSED = [
    ({"a": 300, "b": "x"}, ValueError, "rows: row 2: a: 300"),
    ({"a": -1, "b": "x"}, ValueError, "rows: row 2: a: -1"),
    ({"a": 2**70, "b": "x"}, ValueError, "rows: row 2: a: 1180591620717411303424 is out of range"),
    ({"a": 1.0, "b": "x"}, TypeError, r"rows: row 2: a: 1\.0 \(float\) is not of type u8"),
    ({"a": "1", "b": "x"}, TypeError, r"rows: row 2: a: '1' \(str\) is not of type u8"),
    ({"a": None, "b": "x"}, TypeError, r"rows: row 2: a: None \(NoneType\)"),
    ({"a": 1, "b": 5}, TypeError, r"rows: row 2: b: 5 \(int\) is not of type string"),
    ({"a": 1, "b": b"x"}, TypeError, "rows: row 2: b"),
    ({"a": 1, "b": "\ud800"}, ValueError, "rows: row 2: b: .*surrogates"),
    ({"a": 1, "b": "x", "c": [1, 2, "y"]}, TypeError, r"rows: row 2: c\[2\]: 'y' \(str\) is not of type i16"),
    ({"a": 1, "b": "x", "c": [1, 40000]}, ValueError, r"rows: row 2: c\[1\]: 40000"),
    ({"a": 1, "b": "x", "c": 5}, TypeError, r"rows: row 2: c: 5 \(int\) is not of type \[i16\]"),
    ({"a": 1, "b": "x", "c": "text"}, TypeError, "rows: row 2: c"),
    ({"a": 1, "b": "x", "d": 1}, ValueError, "rows: row 2: .*'d' is no field"),
    ({"a": 1}, ValueError, "rows: row 2: missing field 'b'"),
    ({}, ValueError, "rows: row 2: missing field 'a'"),
    ((1, "x"), ValueError, "rows: row 2: .*2 values for 3 fields"),
    ((1, "x", None, 4), ValueError, "rows: row 2: .*4 values for 3 fields"),
    (5, TypeError, "rows: row 2: .*5 .*none of its fields"),
    (None, TypeError, "rows: row 2"),
    ({"a": 300, "b": 5}, ValueError, "rows: row 2: a: 300"),
    ({"a": 1, "b": "x" * 10, "c": ["y" * 1000]}, TypeError, r"row 2: c\[0\]: 'y{79}\.\.\. "),
]


@pytest.mark.parametrize("row, error, text", REFUSED)
def test_refused_rows(tmp_path, row, error, text):
    path = tmp_path / "x.img"
    path.write_text("what was there")
    with pytest.raises(error, match=text) as caught:
        libshm.build(ROW, path, {"rows": [(7, "x", None), (8, "x", None), row]})
    assert isinstance(caught.value, libshm.Error) and isinstance(caught.value, libshm.InvalidError)
    assert path.read_text() == "what was there" and os.listdir(tmp_path) == ["x.img"]


@pytest.mark.parametrize("kind, value", [
    ("bool", 1), ("bool", "x"), ("f64", "1.5"), ("f64", None), ("f32", object()), ("date", "2020-01-01"),
    ("date", dt.datetime(2020, 1, 1)), ("datetime", dt.date(2020, 1, 1)), ("uuid", "x"), ("uuid", [1]), ("decimal", 1.5),
    ("decimal", True), ("bytes", "x"), ("bytes", 5), ("{u8}", 5), ("{string: u8}", [1]), ("{string: u8}", [("a", 1)]),
    ("(u8, u8)", 5), ("(u8, u8)", "xy"), ("tensor<u8>", "x"), ("tensor<u8>", [1.5]), ("u8[2]", None), ("[string]", "abc"),
    ("E", 1.5), ("ref<R>?", "x")])
def test_values_of_another_type(tmp_path, kind, value):
    schema = f"enum E : u8 {{ one = 1 }} record R {{ x: {kind}; }} dataset D {{ rows: array<R>; }}"
    with pytest.raises(libshm.ValueTypeError, match="rows: row 0: x: ") as caught:
        libshm.build(schema, tmp_path / "x.img", {"rows": [{"x": value}]})
    assert isinstance(caught.value, TypeError) and os.listdir(tmp_path) == []


@pytest.mark.parametrize("row, text", [
    ((1, "a"), r"(1, 'a') has 2 values for 6 fields"), (None, "None (NoneType) is not of type R: it has none of its fields"),
    ({"zz": 1}, "'zz' is no field of the record"), ({"a": 1, "f": 2, "zz": 1}, "'zz' is no field of the record"),
    ({"a": 1, "p": (1,)}, "p: (1,) has 1 values for 2 fields"), ({"a": 1, "p": 7}, "p: 7 (int) is not of type P: it has none of its fields"),
    ({"a": 1, "p": {"x": 1, "zz": 1}}, "p: 'zz' is no field of the record"), ({"ps": [(1, 2), (3,)]}, "ps[1]: (3,) has 1 values for 2 fields"),
    ({"d": {"a.b": {"zz": 1}}}, "d[\"a.b\"]: 'zz' is no field of the record"), ({"t": (1,)}, "t: (1,) has 1 values for 2 fields"),
    ({"t": (1, {"zz": 1})}, "t[1]: 'zz' is no field of the record"), ({"ps": [{"x": 1, "y": "no"}]}, "ps[0].y: 'no' (str) is not of type i32")])
def test_what_is_refused_is_named(tmp_path, row, text):
    schema = ("struct P { x: i32; y: i32; } record R { a: u8; p: P; ps: [P]; d: {string: P}; t: (u8, P); f: u8; }"
              "dataset D { rows: array<R>; }")
    with pytest.raises(libshm.InvalidError) as caught:
        libshm.build(schema, tmp_path / "x.img", {"rows": [row]})
    assert str(caught.value) == "rows: row 0: " + text


@pytest.mark.parametrize("shape, error", [((-1,), ValueError), ((2**64,), ValueError), ((1.5,), TypeError), (("x",), TypeError)])
def test_shapes_that_are_none(tmp_path, shape, error):
    with pytest.raises(libshm.InvalidError, match=r"t: \(.*\) is no shape: its lengths are integers from 0 on") as caught:
        libshm.build("dataset D { t: tensor<u8>; }", tmp_path / "x.img", {"t": (shape, [b""])})
    assert isinstance(caught.value, error) and list(tmp_path.iterdir()) == []
    with pytest.raises(libshm.InvalidError, match="rows: row 0: t: .* a field takes an array, not pieces of one"):
        libshm.build("record R { t: tensor<u8>; } dataset D { rows: array<R>; }", tmp_path / "x.img", {"rows": [((shape, [b"x"]),)]})


@pytest.mark.parametrize("kind, value", [
    ("E", 2), ("E", "two"), ("decimal", "1,5"), ("decimal", __import__("decimal").Decimal("NaN")), ("u8[2]", [1]), ("u8[2]", [1, 2, 3]),
    ("(u8, u8)", (1,)), ("(u8, u8)", (1, 2, 3)), ("ref<R>", 1), ("ref<R>", -1), ("{u8}", [256]), ("i8", np.int16(200)),
    ("datetime", dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=30)))),
    ("datetime", dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5))))])
def test_values_out_of_range(tmp_path, kind, value):
    schema = f"enum E : u8 {{ one = 1 }} record R {{ x: {kind}; }} dataset D {{ rows: array<R>; }}"
    with pytest.raises(libshm.InvalidError, match="rows|ref|row 0"):
        libshm.build(schema, tmp_path / "x.img", {"rows": [{"x": value}]})
    assert os.listdir(tmp_path) == []


def test_an_exception_of_the_iterable_leaves_nothing(tmp_path):
    class Mine(Exception):
        pass

    def rows():
        for i in range(100):
            yield (i, "x", None)
        raise Mine("after 100 rows")

    with pytest.raises(Mine, match="after 100 rows"):
        libshm.build(ROW, tmp_path / "x.img", {"rows": rows()})
    assert os.listdir(tmp_path) == []

    class Odd:
        a, b = 1, "x"

        @property
        def c(self):
            raise Mine("in a property")

    with pytest.raises(Mine, match="in a property"):
        libshm.build(ROW, tmp_path / "x.img", {"rows": [Odd()]})
    with pytest.raises(Mine, match="in a list"):
        libshm.build(ROW, tmp_path / "x.img", {"rows": [(1, "x", (1 / 0 if i else raise_(Mine("in a list")) for i in range(3)))]})
    assert os.listdir(tmp_path) == []


def raise_(error):
    raise error


def test_iterables_are_consumed_as_they_come(tmp_path):
    alive = 0
    most = 0

    class Row:
        def __init__(self, i):
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            self.a, self.b = i % 256, "x" * 100

        def __del__(self):
            nonlocal alive
            alive -= 1

    schema = "record R { a: u8; b: string; } dataset D { rows: array<R>; }"
    libshm.build(schema, tmp_path / "x.img", {"rows": (Row(i) for i in range(5000))}, memory="1M")
    assert most <= 2 and len(libshm.open(tmp_path / "x.img").rows) == 5000


def test_memory_is_bounded(tmp_path):
    """Larger than its memory, and the same to the byte."""
    schema = "record R { a: u64; b: string; } dataset D { rows: array<R>; i: index rows by a; }"

    def rows():
        return ((i * 7919 % 1_000_003, f"a text of row number {i}") for i in range(60_000))

    for memory, name in (("1M", "small"), (None, "large"), (2**20, "bytes")):
        libshm.build(schema, tmp_path / name, {"rows": rows()}, memory=memory, spill_folder=tmp_path)
    assert (tmp_path / "small").read_bytes() == (tmp_path / "large").read_bytes() == (tmp_path / "bytes").read_bytes()
    for bad in ("x", "1X", -1, 1.5, True):
        with pytest.raises(ValueError, match="memory"):
            libshm.build(schema, tmp_path / "bad", {"rows": []}, memory=bad)


def test_duplicate_keys(tmp_path):
    with pytest.raises(libshm.DuplicateKeyError) as caught:
        libshm.build(ROW, tmp_path / "x.img", {"rows": [(1, "x", None), (2, "x", None), (1, "y", None)]})
    assert "by_a" in str(caught.value) and "0" in str(caught.value) and "2" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    for kind in ("map<u8, u8>", "map<string, string>"):
        key, value = (1, 2) if "u8" in kind else ("k", "v")
        with pytest.raises(libshm.DuplicateKeyError):
            libshm.build(f"dataset D {{ m: {kind}; }}", tmp_path / "x.img", {"m": [(key, value), (key, value)]})
    with pytest.raises(libshm.InvalidError, match='x'):
        libshm.build("record R { d: {string: u8}; } dataset D { rows: array<R>; }", tmp_path / "x.img",
                     {"rows": [{"d": Pairs()}]})
    assert os.listdir(tmp_path) == []


class Pairs(collections.UserDict):
    """A mapping that tells a key twice."""

    def items(self):
        return [("x", 1), ("x", 2)]


@pytest.mark.parametrize("name, data, error", [
    ("towns", [], LookupError), ("by_a", [], ValueError), ("rows", 5, TypeError), ("m", [(1,)], ValueError),
    ("m", [5], ValueError), ("m", [(1, 2, 3)], ValueError), ("s", 5, TypeError), (5, [], LookupError),
    ("m", [("x", 1)], TypeError), ("m", [(1, "x")], TypeError), ("s", [None], TypeError)])
def test_wrong_collections(tmp_path, name, data, error):
    schema = "record R { a: u8; } dataset D { rows: array<R>; by_a: index rows by a; m: map<u8, u8>; s: set<u8>; }"
    with pytest.raises(error):
        libshm.build(schema, tmp_path / "x.img", {name: data})
    assert os.listdir(tmp_path) == []


def test_wrong_arguments(tmp_path):
    path = tmp_path / "x.img"
    for schema in ("record R {", "", "record R { a: u8; }", "dataset A { } dataset B { }"):
        with pytest.raises((libshm.SchemaError, libshm.InvalidError)):
            libshm.build(schema, path, {})
    for schema in (5, None, object()):
        with pytest.raises(TypeError):
            libshm.build(schema, path, {})
    with pytest.raises(FileNotFoundError):
        libshm.build("none.shm", path, {})
    with pytest.raises(TypeError):
        libshm.build(ROW, path, [("rows", [])])
    with pytest.raises(libshm.ImageIOError):
        libshm.build(ROW, tmp_path / "no" / "folder.img", {})
    with pytest.raises(TypeError, match="progress"):
        libshm.build(ROW, path, {}, progress=5)
    assert os.listdir(tmp_path) == []


def test_a_schema_file_with_imports(tmp_path):
    (tmp_path / "units.shm").write_text("namespace units; struct Length { m: f64; }")
    (tmp_path / "main.shm").write_text(
        'import "units.shm"; record R { l: units.Length; } dataset D { rows: array<R>; }')
    for schema in (tmp_path / "main.shm", str(tmp_path / "main.shm")):
        libshm.build(schema, tmp_path / "x.img", {"rows": [((1.5,),)]})
        assert libshm.open(tmp_path / "x.img").rows[0].l.m == 1.5


class Color(enum.IntEnum):
    red = 1
    blue = 2


class Wheel:
    __slot_types__ = {"size": float, "spokes": "u16"}


class Car:
    __slot_types__ = {"name": str, "doors": int, "color": Color, "wheels": list[Wheel], "built": dt.date, "more": object,
                      "names": dict[str, str], "tags": set[str], "pair": tuple[int, str], "fast": bool, "owner": str | None}


def test_classes_as_schema(tmp_path):
    wheel = types.SimpleNamespace(size=0.5, spokes=12)
    car = types.SimpleNamespace(name="c", doors=3, color=Color.blue, wheels=[wheel] * 4, built=dt.date(2001, 2, 3),
                                more={"x": [1]}, names={"a": "b"}, tags={"t"}, pair=(1, "p"), fast=True)
    empty = types.SimpleNamespace(name=None)
    for schema in (Car, {"cars": Car}):
        libshm.build(schema, tmp_path / "x.img", {"cars": iter([car, empty])})
        img = libshm.open(tmp_path / "x.img")
        one, two = img.cars
        assert one.name == "c" and one.doors == 3 and one.color == 2 and one.color.name == "blue"
        assert [each.spokes for each in one.wheels] == [12] * 4 and one.built == car.built and one.more == car.more
        assert one.names == {"a": "b"} and one.tags == {"t"} and one.pair == (1, "p") and one.fast is True
        assert not hasattr(one, "owner")
        assert two.name is None and not hasattr(two, "doors")
    with pytest.raises(ValueError, match="one class"):
        libshm.build(Car, tmp_path / "y.img", {"a": [], "b": []})
    with pytest.raises(TypeError, match="__slot_types__"):
        libshm.build({"a": int}, tmp_path / "y.img", {"a": []})
    with pytest.raises(TypeError, match="complex"):
        libshm.schema_of({"a": type("A", (), {"__slot_types__": {"x": complex}})})
    assert "record Car {" in libshm.schema_of({"cars": Car})


def test_progress_as_a_callable(tmp_path):
    calls = []
    rows = ((i % 256, "x", None) for i in range(256))
    libshm.build(ROW, tmp_path / "x.img", {"rows": rows}, progress=lambda *call: calls.append(call))
    phases = {phase for phase, done, total in calls}
    assert "sync" in phases and all(total == 0 or done <= total for _, done, total in calls)


def test_progress_may_stop_or_raise(tmp_path):
    def stop(phase, done, total):
        return False

    def fail(phase, done, total):
        raise RuntimeError("of the progress")

    for progress, error in ((stop, libshm.AbortedError), (fail, RuntimeError)):
        with pytest.raises(error):
            libshm.build(ROW, tmp_path / "x.img", {"rows": [(1, "x", None)]}, progress=progress)
        assert os.listdir(tmp_path) == []


def test_progress_as_a_bar(tmp_path):
    class Bar:
        n, total, seen = 0, None, []

        def update(self, count):
            self.n += count
            self.seen.append((self.n, self.total))

        def set_description(self, text):
            self.seen.append(text)

    libshm.build(ROW, tmp_path / "x.img", {"rows": [(1, "x", None)]}, progress=Bar())
    assert "sync" in Bar.seen
    for progress in (True, False, None):
        libshm.build(ROW, tmp_path / "x.img", {"rows": [(1, "x", None)]}, progress=progress)


def test_a_signal_stops_a_build(tmp_path):
    def rows():
        yield (1, "x", None)
        os.kill(os.getpid(), signal.SIGINT)
        yield (2, "x", None)
        yield (3, "x", None)

    with pytest.raises(KeyboardInterrupt):
        libshm.build(ROW, tmp_path / "x.img", {"rows": rows()})
    assert os.listdir(tmp_path) == []


def test_other_threads_go_on_while_an_image_is_written(tmp_path):
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1

    thread = threading.Thread(target=count)
    thread.start()
    try:
        libshm.build("record R { a: u64; b: string; } dataset D { rows: array<R>; i: index rows by a; }",
                     tmp_path / "x.img", {"rows": ((i, "some text of a row") for i in range(100_000))})
    finally:
        done.set()
        thread.join()
    assert counted > 100


def test_a_dict_that_changes_while_it_is_put(tmp_path):
    class Sly:
        def __init__(self, row):
            self.row = row

        def __index__(self):
            self.row.clear()
            return 5

    row = {}
    row.update({"a": Sly(row), "b": "x" * 50, "c": [1]})
    with pytest.raises(libshm.InvalidError):
        libshm.build(ROW, tmp_path / "x.img", {"rows": [row]})


def test_a_replaced_image_is_read_on(tmp_path):
    path = tmp_path / "x.img"
    libshm.build(ROW, path, {"rows": [(1, "old", None)]})
    old = libshm.open(path)
    libshm.build(ROW, path, {"rows": [(1, "new", None)]})
    assert old.rows[0].b == "old" and libshm.open(path).rows[0].b == "new"
