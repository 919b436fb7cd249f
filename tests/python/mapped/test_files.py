"""Files that are built into, and handles that are pickled by their path."""

import io
import pickle

import pytest

import libshm
from libshm import mapped_struct as ms
from libshm._libshm import mapped as _mapped
from things import (AllThingsByName, Counter, Counters, CountersById, Thing, Things, ThingsById,
                    ThingsByName)


def broken():
    yield Thing(a=1)
    raise ZeroDivisionError


# ---- open files ----


@pytest.fixture(params=["file", "memory"])
def opened(request, tmp_path):
    if request.param == "memory":
        yield io.BytesIO()
    else:
        with open(tmp_path / "opened", "w+b") as made:
            yield made


def content(opened):
    opened.seek(0)
    return opened.read()


@pytest.mark.parametrize("at", [0, 1, 100, 999, 1000])
def test_a_build_that_fails_leaves_an_open_file_as_it_was(opened, at):
    old = bytes(range(250)) * 4
    opened.write(old)
    opened.seek(at)
    with pytest.raises(ZeroDivisionError):
        Things.build(broken(), opened)
    assert opened.tell() == at
    assert content(opened) == old


@pytest.mark.parametrize("at", [0, 104, 4000])
def test_a_build_into_the_middle_of_an_open_file(opened, at):
    old = b"x" * 4000
    opened.write(old)
    opened.seek(at)
    end = Things.build([Thing(a=1), Thing(a=2)], opened, return_mapper=False)
    assert opened.tell() == end
    assert content(opened)[:at] == old[:at] and content(opened)[end:] == old[end:]
    assert [thing.a for thing in Things.map_file(opened, at)] == [1, 2]
    opened.seek(at)
    mapping = ThingsByName.build([("a", Thing(a=3))], opened)
    assert mapping["a"].a == 3


@pytest.mark.parametrize("mode", ["ab", "a+b"])
def test_a_file_that_is_open_for_appending_is_refused(tmp_path, mode):
    path = tmp_path / "appended"
    path.write_bytes(b"old")
    with open(path, mode) as opened:
        for build in (lambda: Things.build([Thing(a=1)], opened),
                      lambda: ThingsByName.build([("a", Thing(a=1))], opened),
                      lambda: ms.NumericIdMapper.build({1: 2}, opened)):
            with pytest.raises(ValueError, match="appended.*appending"):
                build()
    assert path.read_bytes() == b"old"


# ---- pickles ----


def counter(n):
    made = Counter()
    made.n = n
    return made


def replaced(path, build, values):
    """The pickle of a handle of what is built of the first value; the file holds the second."""
    first, second = values
    handle = build(first)
    pickled = pickle.dumps(handle)
    size = path.stat().st_size
    build(second)
    assert path.stat().st_size == size
    return pickled


@pytest.mark.parametrize("read_only", [True, False])
def test_a_pickled_handle_notices_another_file_of_the_same_size(tmp_path, read_only):
    path = tmp_path / "n.map"
    builds = [
        lambda a: Counters.build([counter(a)], path, read_only=read_only),
        lambda a: CountersById.build([(1, counter(a))], path, read_only=read_only),
        lambda a: ms.NumericIdMapper.build([(1, a)], path),
    ]
    for build in builds:
        pickled = replaced(path, build, (1, 2))
        with pytest.raises(libshm.StaleError, match="replaced"):
            pickle.loads(pickled)
        assert pickle.loads(replaced(path, build, (3, 3))) is not None


def test_the_parts_of_a_mapping_pickle_as_those_of_its_file(tmp_path):
    path = tmp_path / "n.map"
    mapping = AllThingsByName.build([("a", Thing(a=1)), ("a", Thing(a=2)), ("b", Thing(a=3))], path)
    array = pickle.loads(pickle.dumps(mapping.value_array))
    mapper = pickle.loads(pickle.dumps(mapping.id_mapper))
    assert type(array) is Things and [thing.a for thing in array] == [1, 2, 3]
    assert type(mapper) is ms.StringIdMultiMapper and mapper["a"] == [0, 1]
    assert pickle.loads(pickle.dumps(array))[2].a == 3
    single = ThingsByName.build([("a", Thing(a=1))])
    for part in (single.value_array, single.id_mapper):
        with pytest.raises(TypeError, match="not mapped from a file with a name"):
            pickle.dumps(part)


def test_parts_of_another_mapping_are_found_by_verify():
    data = [bytearray(ThingsById.build([(1, Thing(a=a))])._space.window()) for a in (1, 2)]
    end = _mapped.part_info(_mapped.Space(data[0]), 0)["sections"][0][1]
    data[0][128 : 128 + end] = data[1][128 : 128 + end]
    mapping = ThingsById.map_buffer(bytes(data[0]))
    with pytest.raises(ms.CorruptError, match="others than it was built of"):
        mapping.verify()
