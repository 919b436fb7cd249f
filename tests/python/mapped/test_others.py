"""Searches in sorted arrays, the object pool, the idmap, generic mappers of files."""

import array
import bisect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libshm import mapped_struct as ms
from things import Thing

DTYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


@given(st.sampled_from(DTYPES), st.lists(st.integers(0, 100)), st.integers(-300, 2**70),
       st.integers(-5, 60))
def test_searches_are_those_of_bisect(dtype, values, key, hint):
    values = sorted(values)
    sorted_array = np.array(values, dtype)
    for sought in (key, key % 101):
        at = bisect.bisect_left(values, sought)
        assert ms.bsearch(sorted_array, sought) == at
        assert ms.hinted_bsearch(sorted_array, sought, hint) == at
        assert ms.sorted_contains(sorted_array, sought) == (sought in values)


def test_searches_of_signed_and_far_numbers():
    values = np.array([-(2**63), -5, 0, 7, 2**63 - 1])
    assert [ms.bsearch(values, key) for key in (-(2**63), -4, 8, 2**63, -(2**70))] == [0, 2, 4, 5, 0]
    assert ms.bsearch(np.array([1, 2**64 - 1], "u8"), 2**64 - 1) == 1
    assert ms.bsearch(np.array([0.5, 1.5]), 1) == 1 and not ms.sorted_contains(np.array([0.5]), 1)
    assert not ms.sorted_contains(np.array([0.5]), float("nan"))
    assert ms.bsearch(array.array("i", [1, 3, 5]), 3) == 1
    assert ms.bsearch(np.arange(10)[::2], 4) == 2
    assert ms.bsearch(np.array([[1, 9], [3, 9], [5, 9]]), 3) == 1
    assert ms.bsearch(np.array([], "i8"), 3) == 0


@pytest.mark.parametrize("bad, key, error", [
    ([1, 2], 1, TypeError), (np.array(["a"]), 1, TypeError), (np.zeros((2, 2, 2)), 1, TypeError),
    (np.array([1 + 0j]), 1, TypeError), (np.arange(3), "a", TypeError),
    (np.arange(3), 1.5, TypeError), (np.arange(3, dtype=">i4"), 1, TypeError),
    (np.array([object()]), 1, (TypeError, ValueError)), (np.arange(3.0), None, TypeError),
])
def test_bad_searches(bad, key, error):
    for function in (ms.bsearch, ms.sorted_contains, lambda a, k: ms.hinted_bsearch(a, k, 0)):
        with pytest.raises(error):
            function(bad, key)


@given(st.sampled_from(DTYPES), st.lists(st.integers(0, 100)), st.lists(st.integers(0, 100)))
def test_merging(dtype, left, right):
    left, right = np.array(sorted(left), dtype), np.array(sorted(right), dtype)
    dest = np.zeros(len(left) + len(right) + 2, dtype)
    assert ms.index_merge(left, right, dest) == len(left) + len(right)
    assert dest[:-2].tolist() == sorted([*left, *right]) and not dest[-2:].any()


def test_merging_rows_keeps_their_order():
    left = np.array([[1, 10], [2, 11], [2, 12]])
    right = np.array([[0, 20], [2, 21], [3, 22]])
    dest = np.zeros((6, 2), int)
    assert ms.index_merge(left, right, dest) == 6
    assert dest.tolist() == [[0, 20], [1, 10], [2, 11], [2, 12], [2, 21], [3, 22]]
    for a, b, to, error in [
        (left, right, np.zeros((5, 2), int), ValueError), (left, right, dest[:, :1], TypeError),
        (left, right.astype("i4"), dest, TypeError), (left, dest[:3], dest, ValueError),
    ]:
        before = to.copy()
        with pytest.raises(error):
            ms.index_merge(a, b, to)
        assert (to == before).all()
    dest.flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        ms.index_merge(left, right, dest)


def test_pool(tmp_path):
    text = "a text of some length" * 10
    with ms.TemporaryObjectPool(section_size=4096, tempdir=tmp_path) as pool:
        placed = [pool.pack(Thing.__schema__, Thing(a=i, s=text)) for i in range(500)]
        assert pool.sections > 1 and pool.size < 500 * 150
        for i, (position, proxy) in enumerate(placed):
            assert proxy.a == i and proxy.s == text
            assert pool.unpack(Thing.__schema__, position).a == i
        big, proxy = pool.pack(Thing.__schema__, Thing(s="x" * 100_000))
        assert proxy.s == "x" * 100_000
        with pytest.raises(TypeError):
            pool.pack(Thing.__schema__, Thing(a="x"))
        with pytest.raises(IndexError):
            pool.unpack(Thing.__schema__, 10**9)
        with pytest.raises(BufferError):
            pool.close()
        del proxy, placed
        pool.clear_idmaps()
    with pytest.raises(ValueError, match="closed"):
        pool.pack(Thing.__schema__, Thing())
    with pytest.raises(ValueError):
        ms.TemporaryObjectPool(section_size=1)


def test_strong_id_map():
    import weakref

    class Held:
        pass

    held = Held()
    alive = weakref.ref(held)
    idmap = ms.StrongIdMap()
    idmap.link("k", held)
    idmap["k"] = 5
    del held
    assert alive() is not None
    idmap.pop("k")
    assert alive() is None
    held = Held()
    alive = weakref.ref(held)
    assert idmap.link_preserve(held) == id(held)
    del held
    assert alive() is not None
    idmap.clear()
    assert alive() is None


def test_generic_file_mapper(tmp_path):
    class Raw(ms.GenericFileMapper):
        @classmethod
        def map_buffer(cls, buf, offset=0, size=None):
            return bytes(buf[offset : None if size is None else offset + size])

    path = tmp_path / "raw"
    path.write_bytes(b"0123456789")
    assert Raw.map_file(path, 2, 3) == b"234"
    with open(path, "rb") as opened:
        assert Raw.map_file(opened) == b"0123456789"
    with pytest.raises(NotImplementedError):
        ms.GenericFileMapper.map_file(path)
    with pytest.raises(FileNotFoundError):
        Raw.map_file(tmp_path / "none")


def test_numpy_is_imported_only_when_arrays_are_asked_for():
    import subprocess
    import sys

    script = (
        "import sys; from libshm import mapped_struct as ms\n"
        "class O: v = [1, 'x', 2.5, {'a': (1,)}]\n"
        "s = ms.Schema({'v': object}); assert s.unpack(s.pack(O)).v == O.v\n"
        "assert 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_it_is_imported_when_it_is_asked_for():
    import subprocess
    import sys

    script = (
        "import sys, libshm\n"
        "assert 'libshm.mapped_struct' not in sys.modules\n"
        "assert libshm.mapped_struct.Schema is sys.modules['libshm.mapped_struct'].Schema\n"
        "assert not hasattr(libshm, 'other')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
