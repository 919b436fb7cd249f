"""Views of packed containers, each compared with the built-in that it mirrors."""

import operator
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libshm import mapped_struct as ms
from things import HASHABLES, VALUES, Object, round_trip

COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.ge, operator.gt]
LISTS = st.lists(VALUES, max_size=6) | st.lists(st.integers(-300, 300), max_size=6)
SETS = st.frozensets(HASHABLES, max_size=8) | st.frozensets(st.integers(-300, 300), max_size=8)
DICTS = st.dictionaries(HASHABLES, VALUES, max_size=8)


def outcome(function, *arguments):
    """What it answers, or the type of what it raises."""
    try:
        return ms._values.plain(function(*arguments))
    except Exception as error:
        return type(error)


# ---- lists and tuples ----


@given(LISTS, st.integers(-8, 8))
def test_list_as_a_list(values, index):
    view = round_trip(ms.proxied_list, values)
    assert isinstance(view, ms.proxied_list)
    assert len(view) == len(values) and bool(view) == bool(values)
    assert list(view) == list(view.iter()) == list(view.iter_fast()) == values
    assert list(reversed(view)) == values[::-1]
    assert view == values and values == view and not view != values
    assert view.materialize() == values and type(view.materialize()) is list
    assert outcome(operator.getitem, view, index) == outcome(operator.getitem, values, index)
    assert outcome(view.getter(), index) == outcome(operator.getitem, values, index)
    assert view + [1] == values + [1] and [1] + view == [1] + values
    assert view * 2 == 2 * view == values * 2 and type(view * 2) is list
    assert round_trip(ms.proxied_tuple, tuple(values)) * 2 == tuple(values * 2)
    assert pickle.loads(pickle.dumps(view)) == values
    assert outcome(hash, view) is TypeError


@given(LISTS, st.slices(6), st.slices(6))
def test_slices_of_slices(values, first, second):
    view = round_trip(ms.proxied_list, values)
    assert view[first] == values[first] and isinstance(view[first], ms.proxied_list)
    assert view[first][second] == values[first][second]
    assert list(view[first]) == values[first]
    assert round_trip(list, view[first]) == values[first]


@given(LISTS, HASHABLES)
def test_list_searches(values, other):
    view = round_trip(ms.proxied_list, values)
    for value in values[:3] + [other]:
        assert (value in view) == (value in values)
        assert view.count(value) == values.count(value)
        assert outcome(view.index, value) == outcome(values.index, value)


@given(st.lists(st.integers(0, 3) | st.floats(0, 3) | st.text("ab", max_size=2), max_size=4),
       st.lists(st.integers(0, 3) | st.floats(0, 3) | st.text("ab", max_size=2), max_size=4))
def test_comparisons_of_sequences(one, other):
    for builtin, proxied in ((list, ms.proxied_list), (tuple, ms.proxied_tuple)):
        mine, its = builtin(one), builtin(other)
        view, other_view = round_trip(proxied, mine), round_trip(proxied, its)
        for compare in COMPARISONS:
            expected = outcome(compare, mine, its)
            assert outcome(compare, view, its) == expected
            assert outcome(compare, mine, other_view) == expected
            assert outcome(compare, view, other_view) == expected
    assert (round_trip(ms.proxied_list, one) == tuple(one)) is False
    assert outcome(operator.lt, round_trip(ms.proxied_list, one), tuple(other)) is TypeError


@given(st.lists(HASHABLES, max_size=6).map(tuple))
def test_tuple_as_a_tuple(values):
    view = round_trip(ms.proxied_tuple, values)
    assert isinstance(view, ms.proxied_tuple)
    assert view == values and hash(view) == hash(values)
    assert {values: 1}[view] == 1 and {view: 1}[values] == 1
    assert type(view.materialize()) is tuple and pickle.loads(pickle.dumps(view)) == values


def test_masks():
    view = round_trip(ms.proxied_list, list("abcd"))
    for mask in (b"\1\0\0\1", [True, 0, "", "x"], (1, 0, 0, 1), bytearray([9, 0, 0, 9])):
        assert list(view.iter_fast(mask)) == ["a", "d"]
    for mask in (b"", [1] * 5, 5, iter([1, 0, 0, 1])):
        with pytest.raises(ValueError, match="mask of 4"):
            view.iter_fast(mask)


def test_masks_of_numpy():
    import numpy as np

    view = round_trip(ms.proxied_list, list(range(100)))
    mask = np.arange(100) % 3 == 0
    assert list(view.iter_fast(mask)) == list(range(0, 100, 3))
    assert list(view.iter_fast(mask[::-1])) == [i for i in range(100) if mask[::-1][i]]


def test_nested_containers_are_views_too():
    value = [[1, 2], (3, [4]), frozenset([5]), {"k": [6]}]
    view = round_trip(ms.proxied_list, value)
    assert [type(one) for one in view] == [
        ms.proxied_list, ms.proxied_tuple, ms.proxied_frozenset, ms.proxied_dict]
    assert view == value and view[3]["k"][0] == 6
    assert [type(one) for one in view.materialize()] == [list, tuple, frozenset, dict]


# ---- sets ----


@given(SETS, HASHABLES)
def test_set_as_a_frozenset(values, other):
    view = round_trip(ms.proxied_frozenset, values)
    assert isinstance(view, ms.proxied_frozenset)
    assert len(view) == len(values) and frozenset(view) == values
    assert view == values and values == view and hash(view) == hash(values)
    for value in [*values, other, 1, 1.0, True, "", b"", None, (), 2**64, -1.5, float("nan")]:
        assert (value in view) == (value in values), value
    assert outcome(operator.contains, view, []) is TypeError
    assert pickle.loads(pickle.dumps(view)) == values


@given(SETS, SETS)
def test_set_algebra(one, other):
    view, other_view = (round_trip(ms.proxied_frozenset, values) for values in (one, other))
    for operation in (operator.and_, operator.or_, operator.sub, operator.xor, *COMPARISONS):
        expected = operation(one, other)
        assert operation(view, other) == expected
        assert operation(one, other_view) == expected
        assert operation(view, other_view) == expected
    for name in ("union", "intersection", "difference", "symmetric_difference", "issubset",
                 "issuperset", "isdisjoint"):
        expected = getattr(one, name)(other)
        assert getattr(view, name)(other_view) == expected
        assert getattr(view, name)(list(other)) == expected
    assert view.union() == one and view.union([1], [2]) == one.union([1], [2])
    assert view.intersection(one, [1]) == one.intersection(one, [1])


def test_sets_of_what_has_no_stable_hash():
    from things import Point

    values = frozenset([float("nan"), 1, "a"])
    view = round_trip(ms.proxied_frozenset, values)
    assert 1 in view and "a" in view and 2 not in view and len(view) == 3
    points = round_trip(ms.proxied_list, [Point(1)])
    assert points[0].x == 1
    ellipses = round_trip(ms.proxied_frozenset, frozenset(range(1000)))
    assert 999 in ellipses and 1000 not in ellipses and 5.0 in ellipses and 5.5 not in ellipses


def test_sets_are_packed_alike_in_every_process():
    import subprocess
    import sys

    script = (
        "from libshm import mapped_struct as ms, _libshm; import sys\n"
        "class O: v = frozenset(['a', 'b', 'c', 'a longer text', 1, 2.5, None, (1, 'x')])\n"
        "sys.stdout.write(ms.Schema({'v': frozenset}).pack(O).hex())\n"
    )
    packed = set()
    for seed in ("0", "1", "2"):
        packed.add(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True,
                                  env={**__import__("os").environ, "PYTHONHASHSEED": seed}).stdout)
    assert len(packed) == 1


# ---- dicts ----


@given(DICTS, HASHABLES)
def test_dict_as_a_dict(values, other):
    view = round_trip(ms.proxied_dict, values)
    assert isinstance(view, ms.proxied_dict)
    assert len(view) == len(values) and list(view) == list(values)
    assert view == values and values == view
    assert list(view.keys()) == list(values.keys()) == list(view.iterkeys())
    assert list(view.values()) == list(values.values()) == list(view.itervalues())
    assert list(view.items()) == list(values.items()) == list(view.iteritems())
    assert view.keys() & {other} == values.keys() & {other}
    for key in [*values, other, 1, 1.0, "", None]:
        assert (key in view) == view.has_key(key) == (key in values)
        assert outcome(operator.getitem, view, key) == outcome(operator.getitem, values, key)
        assert view.get(key, "no") == values.get(key, "no")
    assert outcome(view.get, []) is TypeError
    assert view | {1: 2} == values | {1: 2} and {1: 2} | view == {1: 2} | values
    assert type(view.materialize()) is dict and pickle.loads(pickle.dumps(view)) == values


def test_big_dict():
    values = {f"key {i}": i for i in range(5000)}
    view = round_trip(ms.proxied_dict, values)
    assert all(view[key] == value for key, value in values.items())
    assert "key 5000" not in view and view.get("key 5000") is None


def test_views_cannot_be_made_or_changed():
    for cls in (ms.proxied_list, ms.proxied_tuple, ms.proxied_frozenset, ms.proxied_dict):
        with pytest.raises(TypeError, match="views"):
            cls()
    view = round_trip(ms.proxied_list, [1, 2])
    with pytest.raises(TypeError):
        view[0] = 5
    with pytest.raises(AttributeError):
        view.append(5)
    with pytest.raises(AttributeError):
        view.other = 5


def test_a_view_keeps_its_buffer():
    schema = ms.Schema({"v": ms.proxied_list})
    buffer = schema.pack(Object(v=["a text that is long", 2]))
    view = schema.unpack(buffer).v
    with pytest.raises(BufferError):
        buffer.append(1)
    assert view[0] == "a text that is long"
    iterator = iter(view[:1])
    del view
    with pytest.raises(BufferError):
        buffer.append(1)
    assert list(iterator) == ["a text that is long"]
    buffer.append(1)
