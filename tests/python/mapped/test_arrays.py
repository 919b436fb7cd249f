"""Arrays: building, mapping, reading, closing."""

import gc
import io
import itertools
import os
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libshm
from libshm import mapped_struct as ms
from things import Counter, Counters, Object, Point, Thing, Things


def things(count):
    return [Thing(a=i, s=f"thing number {i}", l=[i] * (i % 5), b=None) for i in range(count)]


@given(st.integers(0, 300), st.sampled_from([8, 16, 64, 256]))
def test_what_was_built_is_read(count, alignment):
    class Aligned(ms.MappedArrayProxyBase):
        schema = ms.Schema(Thing.__slot_types__, alignment=alignment)

    array = Aligned.build(iter(things(count)))
    assert len(array) == count
    assert [one.a for one in array] == list(range(count))
    assert [one.s for one in array.iter()] == [f"thing number {i}" for i in range(count)]
    for i in (0, count // 2, count - 1, -1, -count):
        if count:
            assert array[i].l == things(count)[i].l
            assert array[i]._offset % alignment == 0
    for i in (count, -count - 1, 2**70):
        with pytest.raises(IndexError):
            array[i]
    assert [one.a for one in array[1:10:3]] == list(range(count))[1:10:3]
    array.verify()


def test_getter_and_iter_fast_reuse_a_proxy():
    array = Things.build(things(10))
    proxy = Thing.__schema__.Proxy()
    get = array.getter(proxy_into=proxy)
    assert get(3) is proxy and proxy.a == 3 and get(-1).a == 9
    fresh = array.getter()
    assert fresh(1) is not fresh(1) and fresh(1).a == 1
    with pytest.raises(IndexError):
        get(10)
    with pytest.raises(TypeError, match="proxy_into"):
        array.getter(proxy_into=ms.Schema({"a": int}).Proxy())
    seen = list(array.iter_fast())
    assert all(one is seen[0] for one in seen)
    assert [one.a for one in array.iter_fast()] == list(range(10))
    mask = np.arange(10) % 2 == 1
    assert [one.a for one in array.iter_fast(mask)] == [1, 3, 5, 7, 9]
    with pytest.raises(ValueError, match="mask"):
        array.iter_fast([1])


def test_wrong_indices():
    array = Things.build(things(3))
    for index in ("0", 0.0, None):
        with pytest.raises(TypeError):
            array[index]
    assert array[np.int64(1)].a == 1 and array[True].a == 1


def test_files_offsets_buffers(tmp_path):
    path = tmp_path / "things"
    with open(path, "w+b") as opened:
        opened.write(b"before")
        assert Things.build(things(5), opened, return_mapper=False) == opened.tell()
        second = opened.tell()
        assert len(Things.build(things(7), opened)) == 7
        opened.write(b"after")
    assert len(Things.map_file(path, 6)) == 5
    with open(path, "rb") as opened:
        assert len(Things.map_file(opened, second)) == 7
    data = path.read_bytes()
    assert Things.map_buffer(data, 6)[4].a == 4
    assert Things.map_buffer(memoryview(data)[6:])[4].a == 4
    assert len(Things.map_file(io.BytesIO(data), second)) == 7
    for offset, size in ((0, None), (7, None), (len(data), None), (6, 50), (second, 1000)):
        with pytest.raises(ms.CorruptError):
            Things.map_file(path, offset, size)
    for offset, size in ((-1, None), (0, -1), (len(data) + 1, None), (0, len(data) + 1)):
        with pytest.raises(ValueError):
            Things.map_file(path, offset, size)


def test_a_path_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "things"

    def failing():
        yield from things(50_000)
        raise ZeroDivisionError("in the middle")

    with pytest.raises(ZeroDivisionError):
        Things.build(failing(), path)
    assert os.listdir(tmp_path) == []
    assert len(Things.build(things(3), path)) == 3
    with pytest.raises(ZeroDivisionError):
        Things.build(failing(), str(path))
    assert os.listdir(tmp_path) == ["things"] and len(Things.map_file(path)) == 3


def test_a_failed_build_leaves_an_open_file_as_it_was(tmp_path):
    with open(tmp_path / "f", "w+b") as opened:
        opened.write(b"before")
        with pytest.raises(TypeError, match="attribute 'l'"):
            Things.build([Thing(a=1), Thing(l=5)], opened)
        assert opened.tell() == 6
        opened.seek(0)
        assert opened.read() == b"before"
    for bad in (5, None):
        with pytest.raises(TypeError):
            Things.build(bad)
    with pytest.raises(TypeError, match="schema"):
        ms.MappedArrayProxyBase.build([])


@pytest.mark.parametrize("bad", [b"", b"x", b"\0" * 500, b"MSTPARD1" + bytes(500)])
def test_what_is_no_array(tmp_path, bad):
    path = tmp_path / "bad"
    path.write_bytes(bad)
    with pytest.raises(ms.CorruptError):
        Things.map_file(path)
    with pytest.raises(ms.CorruptError):
        Things.map_buffer(bad)


def test_cut_off_files(tmp_path):
    path = tmp_path / "cut"
    Things.build(things(50), path)
    data = path.read_bytes()
    for size in (*range(1, 140, 7), len(data) // 2, len(data) - 1):
        with pytest.raises(ms.CorruptError):
            Things.map_buffer(data[:size])


def test_checksums(tmp_path):
    data = bytearray(Things.build(things(2000)).copy()._space.window())
    Things.map_buffer(data, verify=True)
    for at in (200, len(data) // 2, len(data) - 400):
        data[at] ^= 1
        with pytest.raises(ms.CorruptError, match="checksum"):
            Things.map_buffer(data, verify=True)
        data[at] ^= 1
    for at in range(0, 128):
        data[at] ^= 1
        with pytest.raises(ms.CorruptError):
            Things.map_buffer(data)
        data[at] ^= 1


def test_sums_of_more_than_a_block():
    class Blobs(ms.MappedArrayProxyBase):
        schema = ms.Schema({"v": bytes})

    for size in (1 << 20, (1 << 20) - 100, 3 << 20):
        array = Blobs.build(Object(v=os.urandom(size)) for _ in range(3))
        array.verify()
        assert len(array[2].v) == size


# ---- schemas in files ----


def test_the_schema_in_the_file():
    data = bytes(Things.build(things(3))._space.window())
    assert b"pickle" not in data and b"builtins" not in data
    any_array = ms.MappedArrayProxyBase.map_buffer(data)
    assert any_array[1].s == "thing number 1"
    assert any_array._schema.compatible(Thing.__schema__)

    class Reordered(ms.MappedArrayProxyBase):
        schema = ms.Schema({"new": int, "s": str, "a": int})

    other = Reordered.map_buffer(data)
    assert other[2].a == 2 and other[2].s == "thing number 2" and not hasattr(other[2], "new")

    class Wrong(ms.MappedArrayProxyBase):
        schema = ms.Schema({"a": str})

    with pytest.raises(ValueError, match="of Wrong: its attribute 'a' is int64, not mapped_unicode$"):
        Wrong.map_buffer(data)


def test_offsets_beyond_a_file_are_named(tmp_path):
    path = tmp_path / "things"
    size = Things.build(things(3), path)._space.size
    with pytest.raises(ValueError, match=f"offset 1000000 lies beyond.*{size} bytes$"):
        Things.map_file(path, offset=10**6)
    with pytest.raises(ValueError, match=f"has {size} bytes, not {size} from offset 1 on"):
        Things.map_file(path, 1, size)
    with pytest.raises(ms.CorruptError):
        Things.map_file(path, offset=size)


def test_nested_schemas_in_files():
    inner = ms.Schema({"x": int})

    class Outer(ms.MappedArrayProxyBase):
        schema = ms.Schema({"n": inner, "p": Point})

    data = bytes(Outer.build([Object(n=Object(x=5), p=Point(6, 7))])._space.window())
    one = ms.MappedArrayProxyBase.map_buffer(data)[0]
    assert (one.n.x, one.p.x, type(one.p)) == (5, 6, Point.__schema__.Proxy)


# ---- sharing ----


def test_an_idmap_shares_between_objects():
    text = "a text that many objects share" * 20
    separate = Things.build(Thing(s=text) for _ in range(100))
    idmap = {}
    shared = Things.build((Thing(s=text) for _ in range(100)), idmap=idmap)
    assert shared._info()["total"] < separate._info()["total"] / 4
    assert all(one.s == text for one in shared)
    again = Things.build((Thing(s=text) for _ in range(3)), idmap=idmap)
    assert [one.s for one in again] == [text] * 3


def test_one_object_many_times():
    one = Thing(a=5)
    array = Things.build(itertools.repeat(one, 10), idmap=ms.StrongIdMap())
    assert len({each._offset for each in array}) == 1 and array[9].a == 5


def test_merge_and_copy():
    parts = [Things.build(things(3)), Things.build(things(2))]
    merged = Things.merge(parts)
    assert [one.a for one in merged] == [0, 1, 2, 0, 1]
    assert [one.s for one in merged.copy()] == [one.s for one in merged]
    merged.preload()


# ---- zip files ----


def test_stored_members_of_archives(tmp_path):
    path = tmp_path / "a.zip"
    data = bytes(Things.build(things(9))._space.window())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first", b"something else")
        archive.writestr(zipfile.ZipInfo("things"), data)
        archive.writestr("small", data, zipfile.ZIP_DEFLATED)
    assert Things.map_zipfile(path, "things")[8].a == 8
    with zipfile.ZipFile(path) as archive:
        assert len(Things.map_zipfile(archive, "things")) == 9
        with archive.open("things") as member:
            assert len(Things.map_zipfile(member)) == 9
            array = Things.map_file(member)
        for member in ("small", "first"):
            with pytest.raises(ValueError):
                Things.map_zipfile(archive, member)
        with pytest.raises(KeyError):
            Things.map_zipfile(archive, "none")
        with archive.open("small") as member:
            with pytest.raises(ValueError, match="compressed"):
                Things.map_file(member)
    assert pickle.loads(pickle.dumps(array))[8].a == 8


# ---- closing ----


def test_closing_waits_for_views():
    array = Things.build(things(5))
    one = array[0]
    with pytest.raises(BufferError, match="1 objects"):
        array.close()
    assert one.a == 0
    del one
    array.close()
    array.close()
    assert array.closed
    for use in (lambda: array[0], lambda: list(array), lambda: array.verify(), lambda: array.copy(),
                lambda: next(array.iter_fast()), lambda: array.getter()(0), array.preload):
        with pytest.raises(libshm.ClosedError, match="closed"):
            use()
    assert len(array) == 5
    with Things.build(things(5)) as array:
        get = array.getter()
        assert get(2).a == 2
    assert array.closed
    with pytest.raises(libshm.ClosedError, match="closed"):
        get(2)


def test_views_of_numpy_hold_the_mapping():
    class Arrays(ms.MappedArrayProxyBase):
        schema = ms.Schema({"v": ms.proxied_ndarray, "b": ms.proxied_buffer})

    array = Arrays.build([Object(v=np.arange(100), b=b"abc")])
    view, memory = array[0].v, array[0].b
    with pytest.raises(BufferError):
        array.close()
    assert view.sum() == 4950 and not view.flags.writeable
    del view
    gc.collect()
    with pytest.raises(BufferError):
        array.close()
    memory.release()
    del memory
    array.close()


def test_handles_are_pickled_by_their_path(tmp_path):
    path = tmp_path / "things"
    array = Things.build(things(1000), path)
    pickled = pickle.dumps(array)
    assert len(pickled) < 500
    assert pickle.loads(pickled)[999].a == 999
    Things.build(things(1001), path)
    with pytest.raises(libshm.StaleError, match="replaced"):
        pickle.loads(pickled)
    os.unlink(path)
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickled)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Things.build(things(3)))


# ---- numbers that change ----


def counters(tmp_path, count=3):
    path = tmp_path / "counters"
    Counters.build((Counter() for _ in range(count)), path, read_only=False)
    return path


def test_numbers_of_a_writable_mapping(tmp_path):
    path = counters(tmp_path)
    array = Counters.map_file(path, read_only=False)
    other = Counters.map_file(path)
    one, same = array[1], other[1]
    one.n = -5
    one.small = 255
    one.f = 0.5
    assert (same.n, same.small, same.f) == (-5, 255, 0.5) and array[0].n == 0
    prop = Counters.schema.Proxy.n
    assert prop.add(one, 7) == 2 and same.n == 2
    assert prop.cas(one, 2, 9) is True and prop.cas(one, 2, 10) is False and same.n == 9
    floats = Counters.schema.Proxy.f
    assert floats.add(one, 0.25) == 0.75 and floats.cas(one, 0.75, -0.0) and floats.cas(one, 0, 1)
    assert one.none is None
    one.none = 6
    assert same.none == 6
    array.verify()


def test_what_cannot_be_stored(tmp_path):
    path = counters(tmp_path)
    array = Counters.map_file(path, read_only=False)
    one, prop = array[0], Counters.schema.Proxy
    for name, value, error in [
        ("n", 2**63, OverflowError), ("small", 256, OverflowError), ("small", -1, OverflowError),
        ("n", "5", TypeError), ("n", None, TypeError), ("s", "other", TypeError),
        ("f", "x", TypeError), ("other", 5, AttributeError),
    ]:
        with pytest.raises(error, match=name):
            setattr(one, name, value)
    with pytest.raises(TypeError, match="deleted"):
        del one.n
    with pytest.raises(OverflowError, match="small"):
        prop.small.add(one, 256)
    with pytest.raises(TypeError):
        prop.n.add(one, 0.5)
    with pytest.raises(AttributeError):
        prop.none.add(one, 1)
    with pytest.raises(TypeError):
        prop.s.cas(one, "text", "x")
    with pytest.raises(TypeError):
        prop.n.add(Thing(), 1)
    with pytest.raises(TypeError):
        prop.n.add(Counters.schema.Proxy(), 1)
    assert (one.n, one.small, one.f, one.s, one.none) == (0, 0, 0.0, "text", None)
    fixed = Counters.map_file(path)[0]
    for change in (lambda: setattr(fixed, "n", 1), lambda: prop.n.add(fixed, 1),
                   lambda: prop.n.cas(fixed, 0, 1)):
        with pytest.raises(TypeError, match="read-only"):
            change()
    with pytest.raises(ValueError, match="multiple of 8"):
        buffer = bytearray(500)
        Counters.schema.pack_into(Counter(), buffer, 3)
        Counters.schema.unpack_from(buffer, 3).n = 5


def test_places_of_eight_bytes():
    from libshm._libshm import mapped as _mapped

    data = bytes(Things.build(things(20))._space.window())
    info = _mapped.part_info(_mapped.Space(data), 0)
    assert info["width"] == 4
    (data_at, data_size), (at, size), schema = info["sections"]
    wide = np.frombuffer(data[at : at + size], "<u4").astype("<u8") * 8
    body = data[128:] + bytes(-len(data) % 8)
    end = 128 + len(body)
    body += wide.tobytes()
    header = _mapped.part_header(1, 8, 0, end + wide.nbytes, 20, 20, 0,
                                 ((data_at, data_size), (end, wide.nbytes), schema), 0)
    array = Things.map_buffer(header + body)
    assert [one.a for one in array] == list(range(20)) and array[-1].s == "thing number 19"


# ---- code that runs in the middle of a use ----


class Index:
    def __init__(self, what):
        self.what = what

    def __index__(self):
        self.what()
        return 1


def test_closing_in_the_middle_of_a_use(tmp_path):
    array = Things.build(things(5), tmp_path / "a")
    with pytest.raises(libshm.ClosedError):
        array[Index(array.close)]
    mapper = ms.NumericIdMapper.build({1: 1}, tmp_path / "m")
    with pytest.raises(libshm.ClosedError):
        mapper.get(Index(mapper.close))
    array = Things.build(things(5), tmp_path / "a")
    with pytest.raises(libshm.ClosedError):
        array.getter()(Index(array.close))


def test_a_record_that_is_pointed_elsewhere_in_the_middle_of_a_store(tmp_path):
    path, other = counters(tmp_path), bytearray(Counters.schema.pack(Counter()))
    array = Counters.map_file(path, read_only=False)
    one = array[1]

    def away():
        Counters.schema.unpack(other, proxy_into=one)
        if not array.closed:
            array.close()

    one.n = Index(away)
    assert one.n == 1 and array.closed and Counters.map_file(path)[1].n == 0
    array = Counters.map_file(path, read_only=False)
    array.getter(one)(2)
    assert Counters.schema.Proxy.n.cas(one, 0, Index(away)) is False and one.n == 1

    class Adding:
        def __radd__(self, there):
            Counters.schema.unpack(other, proxy_into=one)
            with pytest.raises(BufferError):
                array.close()
            return there + 7

    array = Counters.map_file(path, read_only=False)
    array.getter(one)(2)
    assert Counters.schema.Proxy.n.add(one, Adding()) == 7
    assert Counters.map_file(path)[2].n == 7 and one.n == 1
