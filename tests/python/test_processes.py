"""Handles in other processes, whatever the start method, and files that change meanwhile."""

import concurrent.futures
import copy
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time

import joblib
import libshm
import numpy as np
import pytest

METHODS = ["fork", "forkserver", "spawn"]
ROW = "record R { a: u32; b: string; } dataset D { rows: array<R>; by_a: index rows by a; }"


def use(handle):
    """What a worker makes of a handle."""
    if isinstance(handle, libshm.Image):
        return handle.by_id[30].name
    if isinstance(handle, libshm.Record):
        return handle.name
    if isinstance(handle, np.ndarray):
        return handle.sum().item(), handle.flags.owndata
    if isinstance(handle, (libshm.Table, libshm.Rows)):
        return [getattr(row, "id", row) for row in handle]
    if isinstance(handle, libshm.KeySet):
        return sorted(handle)
    return len(handle)


def handles(img):
    return [img, img.cities, img.cities[4:30:3], img.cities[::-1], img.cities[7], img.by_id, img.by_name, img.by_name["city 3"],
            img.by_name["city 3"][::-1], img.in_order, img.in_order["city 1":"city 3"], img.tag_order["all"][2:50:3], img.sounds,
            img.timezones, img.counts, img.events, img.events[2], img.blocked, img.heights, img.cities.column("id"),
            img.cities.column("id")[5:9], img.cities.column("name")]


def test_handles_pickle_small(geo):
    for handle in handles(geo):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            data = pickle.dumps(handle, protocol)
            assert len(data) < 700, handle
            assert use(pickle.loads(data)) == use(handle)


def test_parts_of_records_pickle_as_copies(geo):
    row = geo.cities[3]
    for part in (row.tags, row.aliases, row.names, row.pair, row.digest):
        assert pickle.loads(pickle.dumps(part)) == part
    climate = pickle.loads(pickle.dumps(row.climate))
    assert climate.zone == row.climate.zone and climate.rain == row.climate.rain
    assert vars(pickle.loads(pickle.dumps(row.where))) == {"lat": 1.5, "lon": -3.0}


def test_copies_of_parts_are_used_as_the_parts_are(made):
    img = made("""struct P { x: u8; y: u8; } record N { p: P; ps: [P]; t: (P, string); d: {string: P}; up: ref<R>?; l: u8??; inner: N?; any_: any; }
                  record R { n: N; ns: [N]; s: {P}; ups: [ref<R>]; pair: (N, u8); d: {P: N}; o: [N?]; } dataset D { rows: array<R>; }""",
               {"rows": [{"n": n, "ns": [n, n["inner"]], "s": [(1, 2)], "ups": [1, 0], "pair": (n, 3), "d": {(5, 6): n}, "o": [None, n]}
                         for n in ({"p": (1, 2), "ps": [(3, 4)], "t": ((5, 6), "x"), "d": {"k": (7, 8)}, "up": 1, "l": 9,
                                    "inner": {"p": (8, 8), "t": ((0, 0), "")}, "any_": {"x": [1]}},) * 2]})

    def check(n, up):
        assert (n.p.x, n.ps[0].y, n.t[0].x, n.t[1], n.d["k"].y, n.l, n.inner.p.x, n.inner.inner, n.any_) == (
            1, 4, 5, "x", 8, 9, 8, None, {"x": [1]})
        assert n.up == up and libshm.row_number(n.up) == 1 and n.inner.up is None
        with pytest.raises(AttributeError):
            n.inner.l

    row = img.rows[0]
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for again in (lambda part: pickle.loads(pickle.dumps(part, protocol)), copy.deepcopy):
            for n in (row.n, again(row.n), again(row.ns)[0], again(row.pair)[0], again(row.d)[5, 6], again(row.o)[1]):
                check(n, img.rows[1])
            assert again(row.s) == {(1, 2)} and again(row.ups) == row.ups and again(row.o)[0] is None
            assert vars(again(row.n.p)) == {"x": 1, "y": 2} and len(again(row.ns)) == 2
    assert libshm.materialize(row.n)["p"] == {"x": 1, "y": 2} and libshm.materialize(row.n)["up"] == 1


@pytest.mark.parametrize("method", METHODS)
def test_pools(geo, method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        given = handles(geo)
        assert pool.map(use, given) == [use(handle) for handle in given]


@pytest.mark.parametrize("method", METHODS)
def test_executors(geo, method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(use, [geo.cities[i] for i in range(20)], chunksize=3)) == [f"city {i}" for i in range(20)]


def test_joblib(geo):
    results = joblib.Parallel(n_jobs=2)(joblib.delayed(use)(geo.cities[i]) for i in range(10))
    assert results == [f"city {i}" for i in range(10)]
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(use)(each) for each in (geo.heights, geo.by_id)) == [
        (21.0, False), len(geo.by_id)]


def child(function):
    """Runs it in a forked child; what it prints to a pipe."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.write(write, repr(function()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with open(read) as pipe:
        text = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return text


def test_a_forked_child_reads_on(geo):
    row, column = geo.cities[5], geo.cities.column("id")
    assert child(lambda: (row.name, int(column[3]), geo.by_id[10].id)) == "('city 5', 30, 10)"


def test_a_child_may_close_without_the_parent(geo_path):
    img = libshm.open(geo_path)
    assert child(lambda: (img.close(), img.closed)) == "(None, True)"
    assert img.cities[0].id == 0 and not img.closed


def test_fork_while_threads_read_and_unpickle(geo):
    stop = threading.Event()
    data = pickle.dumps(geo.cities[3])

    def read():
        while not stop.is_set():
            assert pickle.loads(data).name == "city 3"
            geo.counts.get_many(np.arange(1000), default=0)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            assert child(lambda: pickle.loads(data).name) == "'city 3'"
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_reopening_finds_the_mapping_that_is_there(geo):
    data = pickle.dumps(geo)
    one, two = pickle.loads(data), pickle.loads(data)
    assert one._handle is two._handle is geo._handle
    one.close()
    assert one.closed and not two.closed and two.cities[0].id == 0 and geo.cities[0].id == 0
    with pytest.raises(libshm.ClosedError):
        one.size


def test_a_closed_image_is_opened_again(tmp_path):
    path = tmp_path / "x.img"
    libshm.build(ROW, path, {"rows": [(1, "x")]})
    img = libshm.open(path)
    data = pickle.dumps(img.rows[0])
    img.close()
    row = pickle.loads(data)
    assert row.b == "x"
    with pytest.raises(libshm.ClosedError):
        pickle.dumps(img)


def test_a_replaced_file_is_noticed(tmp_path):
    path = tmp_path / "x.img"
    libshm.build(ROW, path, {"rows": [(1, "old")]})
    img = libshm.open(path)
    data = [pickle.dumps(each) for each in (img, img.rows, img.rows[0], img.rows.column("a"))]
    libshm.build(ROW, path, {"rows": [(1, "new")]})
    assert pickle.loads(data[2]).b == "old"  # this process still has it
    img.close()
    del img
    gc.collect()
    for each in data:
        with pytest.raises(libshm.StaleError, match="x.img.*replaced"):
            pickle.loads(each)
    libshm.build(ROW, path, {"rows": [(1, "old")]})
    assert pickle.loads(data[2]).b == "old"  # the same bytes are the same image
    path.unlink()
    from libshm import _handles
    _handles._kept.clear()
    gc.collect()
    with pytest.raises(FileNotFoundError):
        pickle.loads(data[2])


def test_foreign_pickles(geo, geo_path):
    from libshm._handles import reopen_at
    _, (path, content, _) = geo.__reduce__()
    assert reopen_at(path, content, None).size == geo.size
    for where, error in ((("row", "cities", 10**6), IndexError), (("row", "towns", 0), KeyError), (("row", "cities", "x"), TypeError),
                         (("rows", "by_name", 2**63, 9, 1, 4), ValueError), (("rows", "by_name", "x", 9, 1, 4), TypeError),
                         (("column", "cities", "none"), KeyError), (("slice", "cities", 0, 0, 5), ValueError)):
        with pytest.raises(error):
            reopen_at(path, content, where)
    with pytest.raises(libshm.StaleError):
        reopen_at(path, (1, 2), None)
    with pytest.raises(libshm.Error):
        reopen_at(os.fspath(geo_path.parent), content, None)


def test_attaching_is_quick(geo):
    data = pickle.dumps(geo.cities[3])
    best = min(timed(lambda: pickle.loads(data)) for _ in range(200))
    assert best < 100e-6
    from libshm import _handles

    def anew():
        _handles._kept.clear()
        _handles._open.clear()
        pickle.loads(data)

    assert min(timed(anew) for _ in range(50)) < 300e-6


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def test_kept_images_are_few(tmp_path):
    from libshm import _handles
    for i in range(_handles.KEPT + 5):
        path = tmp_path / f"{i}.img"
        libshm.build(ROW, path, {"rows": [(i, "x")]})
        data = pickle.dumps(libshm.open(path))
        _handles._open.clear()
        assert pickle.loads(data).rows[0].a == i
    assert len(_handles._kept) <= _handles.KEPT


@pytest.mark.parametrize("ending", ["", "img.close()", "os._exit(0)", "raise SystemExit", "del img, libshm"])
def test_the_interpreter_exits_cleanly(geo_path, ending):
    code = f"""
import os, libshm
img = libshm.open({os.fspath(geo_path)!r})
row, column, walk, tags = img.cities[3], img.cities.column("id")[2:], iter(img.by_tag), img.cities[3].tags
next(walk)
globals_cycle = [img]; globals_cycle.append(globals_cycle)
{"column = None" if "close" in ending else ""}
{ending}
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
