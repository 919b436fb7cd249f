"""Lists, sets, dicts and tuples of images beside the built-ins that they mirror."""

import collections.abc as abc
import operator
import pickle

import libshm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ORDER = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def outcome(function, *arguments):
    """What a call answers, or the type of what it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error)


@pytest.fixture
def stored(tmp_path):
    """stored(type, value): the value as a field of an image."""
    path = tmp_path / "x.img"

    def store(kind, *values):
        libshm.build(f"record R {{ x: {kind}; }} dataset D {{ rows: array<R>; }}", path,
                     {"rows": [{"x": value} for value in values]})
        proxies = [row.x for row in libshm.open(path, verify="always").rows]
        return proxies[0] if len(values) == 1 else proxies

    return store


@pytest.mark.parametrize("kind, elements", [
    ("[i32]", st.integers(-5, 5)), ("[string]", TEXTS), ("[f64]", st.floats(allow_nan=False)),
    ("[u8?]", st.none() | st.integers(0, 255)), ("[[i16]]", st.lists(st.integers(-3, 3), max_size=3)),
    ("[bool]", st.booleans()), ("[bytes]", st.binary(max_size=20))])
def test_lists(stored, kind, elements):
    indexes = st.none() | st.integers(-8, 8)

    @given(st.lists(elements, max_size=6), st.lists(elements, max_size=6), elements, indexes, indexes,
           indexes.filter(lambda step: step != 0))
    def check(one, other, element, start, stop, step):
        a, b = stored(kind, one, other)
        for compare in ORDER:
            expected = outcome(compare, one, other)
            assert outcome(compare, a, b) == expected
            assert outcome(compare, a, other) == expected
            assert outcome(compare, one, b) == expected
        assert list(a) == one and len(a) == len(one) and repr(a) == repr(one)
        assert a[start:stop:step] == one[start:stop:step]
        assert a[start:stop][::step] == one[start:stop][::step]
        for i in range(-8, 8):
            assert outcome(operator.getitem, a, i) == outcome(operator.getitem, one, i)
        assert (element in a) == (element in one)
        assert a.count(element) == one.count(element)
        assert outcome(a.index, element) == outcome(one.index, element)
        assert list(reversed(a)) == one[::-1]
        assert a + b == one + other and a + other == one + other and one + b == one + other
        assert a * 2 == 2 * a == one * 2 and a * 0 == a * -1 == [] and type(a * 1) is list
        assert bool(a) == bool(one)
        assert libshm.materialize(a) == one and type(libshm.materialize(a)) is list
        assert pickle.loads(pickle.dumps(a)) == one

    check()


def test_lists_do_not_change_or_hash(stored):
    a = stored("[i32]", [1, 2])
    assert isinstance(a, libshm.List) and isinstance(a, abc.Sequence)
    for attempt in (lambda: hash(a), lambda: operator.setitem(a, 0, 1), lambda: operator.delitem(a, 0),
                    lambda: a["x"], lambda: a[1.0], lambda: a + (1,), lambda: a < (1,), lambda: a * 1.5,
                    lambda: a * a):
        with pytest.raises(TypeError):
            attempt()
    assert a != (1, 2) and a != "12"
    assert a[np.int64(1)] == 2


def test_lists_of_numbers_are_buffers(stored):
    for kind, dtype in (("i8", "i1"), ("i16", "i2"), ("i32", "i4"), ("i64", "i8"), ("u8", "u1"), ("u16", "u2"),
                        ("u32", "u4"), ("u64", "u8"), ("f32", "f4"), ("f64", "f8"), ("bool", "?")):
        a = stored(f"[{kind}]", [0, 1, 1, 0] if kind != "bool" else [False, True, True, False])
        array = np.asarray(a)
        assert array.dtype == np.dtype(dtype) and array.tolist() == [0, 1, 1, 0]
        assert not array.flags.writeable and not array.flags.owndata
        assert np.asarray(a[::-2]).tolist() == [0, 1]
        view = memoryview(a)
        assert view.readonly and view.tolist() == [0, 1, 1, 0] and view.nbytes == 4 * view.itemsize
    assert np.asarray(stored("[f64]", [])).shape == (0,)
    with pytest.raises(BufferError):
        memoryview(stored("[string]", ["x"]))
    with pytest.raises(BufferError):
        np.frombuffer(stored("[u8?]", [1]), "u1")
    assert np.asarray(stored("[string]", ["x", "y"])).tolist() == ["x", "y"]


@pytest.mark.parametrize("cut", [slice(None, None, 2), slice(None, None, -1), slice(4, 0, -3), slice(1, 4), slice(2, 3),
                                 slice(3, None, 7), slice(5, 2), slice(5, 2, 4)])
def test_slices_with_steps_where_bytes_must_lie_together(stored, made, cut):
    numbers = [1, 2, 3, 4, 5]
    part = stored("[u8]", numbers)[cut]
    assert list(part) == numbers[cut] and list(stored("[u8]", part)) == numbers[cut]
    assert memoryview(part).tolist() == numbers[cut] == np.ascontiguousarray(part).tolist()
    schema = "record B { b: bytes; } dataset D { rows: array<B>; }"
    if cut.step and len(numbers[cut]) > 1:
        for attempt in (lambda: bytes().join([part]), lambda: np.frombuffer(part, "u1"), lambda: __import__("zlib").crc32(part)):
            with pytest.raises((BufferError, TypeError, ValueError)):
                attempt()
        with pytest.raises(libshm.InvalidError, match="not of type bytes"):
            made(schema, {"rows": [(part,)]})
    else:
        assert bytes().join([part]) == bytes(numbers[cut])
        assert made(schema, {"rows": [(part,)]}).rows[0].b == bytes(numbers[cut])


@pytest.mark.parametrize("kind, elements", [
    ("{i32}", st.integers(-5, 5)), ("{string}", TEXTS), ("{u64}", st.integers(0, 2**64 - 1)),
    ("{date}", st.dates()), ("{uuid}", st.uuids()), ("{bytes}", st.binary(max_size=20)), ("{bool}", st.booleans())])
def test_sets(stored, kind, elements):
    @given(st.frozensets(elements, max_size=8), st.frozensets(elements, max_size=8), elements)
    def check(one, other, element):
        a, b = stored(kind, one, other)
        for compare in ORDER:
            expected = compare(one, other)
            assert compare(a, b) == expected and compare(a, other) == expected and compare(one, b) == expected
            assert compare(a, set(other)) == expected
        for combine in (operator.and_, operator.or_, operator.sub, operator.xor):
            expected = combine(one, other)
            assert combine(a, b) == expected and combine(a, set(other)) == expected
            assert combine(one, b) == expected and type(combine(a, b)) is frozenset
            assert combine(other, a) == combine(other, one)
        for name in ("union", "intersection", "difference", "symmetric_difference", "isdisjoint", "issubset",
                     "issuperset"):
            assert getattr(a, name)(list(other)) == getattr(one, name)(list(other))
            assert getattr(a, name)(b) == getattr(one, name)(other)
        assert set(a) == one and len(a) == len(one) and hash(a) == hash(one)
        assert list(a) == sorted(one)
        for each in one | {element}:
            assert (each in a) == (each in one)
        assert libshm.materialize(a) == one and type(libshm.materialize(a)) is frozenset
        assert pickle.loads(pickle.dumps(a)) == one

    check()


def test_sets_with_others(stored):
    a = stored("{u8}", {1, 2})
    assert isinstance(a, libshm.Set) and isinstance(a, abc.Set)
    assert a == {1: "x", 2: "y"}.keys() and a & {1: 0}.keys() == {1}
    assert 1.0 in a and True in a and 1.5 not in a and 300 not in a and -1 not in a and "1" not in a
    assert None not in a
    for attempt in (lambda: [1] in a, lambda: a | [1], lambda: a < 3, lambda: a.add(1)):
        with pytest.raises((TypeError, AttributeError)):
            attempt()
    assert a != [1, 2] and {a, frozenset({1, 2})} == {a}
    points = "{(u8)}"
    assert points


def test_sets_of_structs(made):
    img = made("struct P { x: i16; y: i16; } record R { p: {P}; d: {P: string}; } dataset D { rows: array<R>; }",
               {"rows": [{"p": [(1, 2), (0, 5)], "d": {(3, 4): "three"}}]})
    row = img.rows[0]
    assert [(p.x, p.y) for p in row.p] == [(0, 5), (1, 2)]
    first = next(iter(row.p))
    assert first in row.p and len(row.p & row.p) == 2
    assert libshm.materialize(row) == {"p": frozenset({(0, 5), (1, 2)}), "d": {(3, 4): "three"}}
    assert row.d[next(iter(row.d))] == "three"
    assert (1, 2) in row.p and (1.0, 2) in row.p and (2, 1) not in row.p and (1,) not in row.p and 1 not in row.p
    assert row.p == {(0, 5), (1, 2)} and {(0, 5), (1, 2)} == row.p and row.p != {(0, 5)} and row.p >= {(1, 2)}
    assert row.p & {(1, 2), (3, 3)} == {(1, 2)} and row.p | {(1, 2)} == row.p and row.p.isdisjoint([(9, 9)])
    assert hash(row.p) == hash(frozenset({(0, 5), (1, 2)}))
    assert row.d[3, 4] == "three" and row.d.get((3, 4)) == "three" and row.d.get((4, 3)) is None and row.d == {(3, 4): "three"}
    with pytest.raises(KeyError):
        row.d[4, 3]
    for of in (row.p, row.d):
        with pytest.raises(TypeError):
            [0, 5] in of


def test_a_struct_is_equal_to_the_tuple_of_its_fields(made):
    img = made("struct Q { a: u8; b: f64; } struct P { q: Q; n: i16; } struct O { n: i16?; } record R { p: P; o: O; q: Q; }"
               "dataset D { rows: array<R>; }", {"rows": [(((1, 0.5), -3), {}, (1, 0.5)), (((1, 0.5), -4), (5,), (2, 0.5))]})
    one, two = img.rows
    assert one.p == ((1, 0.5), -3) and ((1, 0.5), -3) == one.p and hash(one.p) == hash(((1, 0.5), -3))
    assert one.p != ((1, 0.5), -4) and one.p != (1, 0.5, -3) and one.p != [(1, 0.5), -3] and one.p != two.p
    assert one.p.q == two.p.q == one.q == (1, 0.5) and hash(one.q) == hash(two.p.q) and one.q != two.q
    assert one.o == (None,) and two.o == (5,) and {one.o: 1}[(None,)] == 1
    assert one != (one.p, one.o, one.q) and one.p not in [1, "x", None]
    with pytest.raises(TypeError):
        one.p < ((2, 0.5), 0)


@pytest.mark.parametrize("kind, keys, values", [
    ("{string: i32}", TEXTS, st.integers(-5, 5)), ("{i64: string}", st.integers(-(2**63), 2**63 - 1), TEXTS),
    ("{u8: [u8]}", st.integers(0, 255), st.lists(st.integers(0, 255), max_size=3)),
    ("{date: f64?}", st.dates(), st.none() | st.floats(allow_nan=False))])
def test_dicts(stored, kind, keys, values):
    @given(st.dictionaries(keys, values, max_size=8), st.dictionaries(keys, values, max_size=8), keys)
    def check(one, other, key):
        a, b = stored(kind, one, other)
        for compare in (operator.eq, operator.ne):
            expected = compare(one, other)
            assert compare(a, b) == expected and compare(a, other) == expected and compare(one, b) == expected
        assert dict(a) == one and len(a) == len(one) and list(a) == sorted(one)
        for each in [*one, *other, key]:
            assert (each in a) == (each in one)
            assert outcome(operator.getitem, a, each) == outcome(operator.getitem, one, each)
            assert a.get(each) == one.get(each) and a.get(each, "none") == one.get(each, "none")
        assert a.keys() == one.keys() and dict(a.items()) == dict(one.items())
        assert list(a.values()) == [one[each] for each in sorted(one)]
        assert a.keys() & other.keys() == one.keys() & other.keys()
        assert list(reversed(a)) == sorted(one, reverse=True)
        assert a | b == one | other and one | b == one | other and a | other == one | other
        assert eval(repr(a), {"datetime": __import__("datetime"), "inf": float("inf")}) == one
        assert libshm.materialize(a) == one and pickle.loads(pickle.dumps(a)) == one

    check()


def test_dicts_with_others(stored):
    a = stored("{string: u8}", {"x": 1})
    assert isinstance(a, libshm.Dict) and isinstance(a, abc.Mapping)
    assert isinstance(a.keys(), abc.KeysView) and isinstance(a.items(), abc.ItemsView)
    assert ("x", 1) in a.items() and ("x", 2) not in a.items() and 1 in a.values()
    assert "\ud800" not in a and 5 not in a
    for attempt in (lambda: hash(a), lambda: a[[]], lambda: a < {}, lambda: a.get(), lambda: a.get(1, 2, 3)):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(KeyError, match="'y'"):
        a["y"]
    import types
    assert a == types.MappingProxyType({"x": 1})


def test_tuples(stored):
    @given(st.tuples(st.integers(0, 9), TEXTS, st.none() | st.integers(-4, 4)),
           st.tuples(st.integers(0, 9), TEXTS, st.none() | st.integers(-4, 4)))
    def check(one, other):
        a, b = stored("(u8, string, i32?)", one, other)
        for compare in ORDER:
            expected = outcome(compare, one, other)
            assert outcome(compare, a, b) == expected
            assert outcome(compare, a, other) == expected
            assert outcome(compare, one, b) == expected
        assert tuple(a) == one and len(a) == 3 and repr(a) == repr(one) and hash(a) == hash(one)
        assert a[-1] == one[-1] and a[1:] == one[1:] and outcome(operator.getitem, a, 3) is IndexError
        assert a * 2 == 2 * a == one * 2 and type(a * 1) is tuple
        assert a + b == one + other and a.index(one[0]) == 0 and a.count(one[0]) == one.count(one[0])
        assert a != list(one)
        assert libshm.materialize(a) == one and pickle.loads(pickle.dumps(a)) == one
        assert isinstance(a, abc.Sequence) and {a: 1}[one] == 1

    check()
