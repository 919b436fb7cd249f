"""How fast images are read and built from Python, beside what Python has, in one run.

    python -m venv build/bench-venv && build/bench-venv/bin/pip install -r bench/python/requirements.txt
    PYTHONPATH=build/python build/bench-venv/bin/python bench/python/bench_images.py [--keys 10000000] [--folder /dev/shm]

Each line tells nanoseconds and the ratio to the peer that is named; the best of several rounds, as noise
only adds.  Peers that are not installed are left out.
"""

import argparse
import gc
import os
import pickle
import random
import tempfile
import threading
import time
import timeit

import libshm
import numpy as np

SCHEMA = """record Row { id: u64; name: string; a: i32; x: f64; flag: bool; }
dataset Data { rows: array<Row>; by_id: index rows by id; counts: map<u64, i64>; }"""


def line(what, value, unit, peer="", ratio=None, limit=None):
    told = f"{what:44} {value:10.1f} {unit:8}"
    if ratio is not None:
        told += f" {ratio:6.2f} x {peer}"
    if limit is not None:
        told += f"  (at most {limit})"
    print(told, flush=True)


def loops(statements, names, rounds=25, number=50_000):
    """Nanoseconds of each statement, the empty loop taken off; measured in turns, as machines vary."""
    timers = [timeit.Timer(statement, globals=names) for statement in ["pass", *statements]]
    best = [min(times) for times in zip(*([timer.timeit(number) for timer in timers] for _ in range(rounds)))]
    return [(spent - best[0]) / number * 1e9 for spent in best[1:]]


def compare(peer, statement, limits, names):
    base, *spent = loops([statement, *limits], names)
    line(peer, base, "ns")
    for each, (told, limit) in zip(spent, limits.items()):
        line(told, each, "ns", peer, each / base, limit)


def single(folder):
    path = os.path.join(folder, "small.img")
    count = 1000
    libshm.build(SCHEMA, path, {"rows": ((i, f"name {i}", i, i / 2, True) for i in range(count)),
                                "counts": ((i, -i) for i in range(count))})
    img = libshm.open(path)
    model = {i: ("row", i) for i in range(count)}
    row, number, key = img.by_id[500], complex(1, 2), 500
    names = dict(img=img, by_id=img.by_id, counts=img.counts, model=model, row=row, number=number, key=key)
    compare("dict[key]", "model[key]", {
        "img.by_id[key]": 3, "by_id[key]": 3, "counts[key]": 3, "key in by_id": None, "by_id.get(key)": None,
        "img.by_id[key].x": None}, names)
    compare("complex.real", "number.real", {
        "row.id": 1.3, "row.a": 1.3, "row.x": 1.3, "row.flag": 1.3, "row.name": 3}, names)
    data = pickle.dumps(row)
    line("pickled row: attach", min(timeit.repeat(lambda: pickle.loads(data), number=1000, repeat=5)) * 1e3, "us", limit="100 us")


def build(folder, count):
    path = os.path.join(folder, "built.img")

    def dicts():
        for i in range(count):
            yield {"id": i, "name": "name", "a": i & 1023, "x": 0.5, "flag": True}

    def tuples():
        for i in range(count):
            yield (i, "name", i & 1023, 0.5, True)

    for rows in (dicts, tuples):
        start = time.perf_counter()
        for _ in rows():
            pass
        alone = time.perf_counter() - start
        start = time.perf_counter()
        libshm.build(SCHEMA, path, {"rows": rows()})
        spent = time.perf_counter() - start
        line(f"build of {count:,} {rows.__name__}, a row", spent / count * 1e9, "ns", "the generator", spent / alone, "2000 ns")
    os.unlink(path)


def best(function, rounds=5):
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def peers(keys, probes):
    """Name and call of each: the positions of the probes among the keys."""
    ordered = np.sort(keys)
    yield "np.searchsorted", lambda: np.searchsorted(ordered, probes)
    try:
        import pandas
        index = pandas.Index(keys)
        index.get_indexer(probes[:10])
        yield "pandas.Index.get_indexer", lambda: index.get_indexer(probes)
    except ImportError:
        pass
    try:
        import hirola
        table = hirola.HashTable(len(keys) * 3 // 2, np.uint64)
        table.add(keys)
        yield "hirola.HashTable.get", lambda: table.get(probes)
    except ImportError:
        pass


def many(folder, count):
    path = os.path.join(folder, "many.img")
    generator = np.random.default_rng(7)
    keys = np.unique(generator.integers(0, 2**64, count, np.uint64))
    generator.shuffle(keys)
    values = np.arange(len(keys), dtype=np.int64)
    libshm.build("dataset Data { counts: map<u64, i64>; }", path, {"counts": zip(keys.tolist(), values.tolist())})
    img = libshm.open(path)
    probes = generator.permutation(keys)[: len(keys)]
    missing = probes ^ np.uint64(1)
    assert (img.counts.get_many(probes[:1000]) == np.array([img.counts[int(key)] for key in probes[:1000]])).all()
    ours = best(lambda: img.counts.get_many(probes, default=0)) / len(probes) * 1e9
    contains = best(lambda: img.counts.contains_many(probes)) / len(probes) * 1e9
    absent = best(lambda: img.counts.contains_many(missing)) / len(probes) * 1e9
    line(f"get_many, {len(probes):,} random u64, a key", ours, "ns")
    line("contains_many, all there", contains, "ns")
    line("contains_many, none there", absent, "ns")
    for name, call in peers(keys, probes):
        spent = best(call, 3) / len(probes) * 1e9
        line(name, spent, "ns", "get_many", spent / ours)
    sample = probes[:1_000_000].tolist()
    model = dict(zip(keys.tolist(), values.tolist()))
    spent = best(lambda: [model[key] for key in sample], 3) / len(sample) * 1e9
    line("[dict[key] for key in keys]", spent, "ns", "get_many", spent / ours)
    del model, sample
    two_threads(img, probes, ours)
    img.close()
    img = libshm.open(path, huge_pages=True)
    spent = best(lambda: img.counts.get_many(probes, default=0)) / len(probes) * 1e9
    line("get_many, in huge pages", spent, "ns")
    img.close()
    os.unlink(path)


def two_threads(img, probes, alone):
    halves = np.array_split(probes, 2)

    def both():
        threads = [threading.Thread(target=img.counts.get_many, args=(half,), kwargs={"default": 0}) for half in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    spent = best(both) / len(probes) * 1e9
    line("get_many in two threads, a key", spent, "ns", "as fast as in one", alone / spent)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", default="/dev/shm")
    arguments = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        single(folder)
        build(folder, arguments.rows)
        many(folder, arguments.keys)


if __name__ == "__main__":
    main()
