"""Several processes: counters, and handles under every start method."""

import multiprocessing

import pytest

from libshm import mapped_struct as ms
from things import Counter, Counters, Thing, Things, ThingsByName

ROUNDS = 3000
WORKERS = 3


def add_many(path):
    array = Counters.map_file(path, read_only=False)
    n, f, small = (getattr(Counters.schema.Proxy, name) for name in ("n", "f", "small"))
    one = array[1]
    for i in range(ROUNDS):
        n.add(one, 1)
        f.add(one, 0.5)
        if i % 100 == 0:
            small.add(one, 1)
        while True:  # a second counter, by compare and swap
            seen = array[0].n
            if n.cas(array[0], seen, seen + 2):
                break


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_adds_of_several_processes_are_all_counted(tmp_path, method):
    path = str(tmp_path / "counters")
    Counters.build((Counter() for _ in range(2)), path, read_only=False)
    context = multiprocessing.get_context(method)
    workers = [context.Process(target=add_many, args=(path,)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    array = Counters.map_file(path)
    assert array[1].n == WORKERS * ROUNDS
    assert array[1].f == WORKERS * ROUNDS / 2
    assert array[1].small == WORKERS * ROUNDS // 100
    assert array[0].n == WORKERS * ROUNDS * 2


def read(handles):
    array, mapping, schema, packed = handles
    return array[99].a, mapping["k5"].s, schema.unpack(packed).where.x


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_handles_reopen_under_every_start_method(tmp_path, method):
    from things import Point

    things = [Thing(a=i, s=f"k{i}") for i in range(100)]
    array = Things.build(things, tmp_path / "array")
    mapping = ThingsByName.build(((one.s, one) for one in things), tmp_path / "mapping")
    schema = Thing.__schema__
    packed = bytes(schema.pack(Thing(where=Point(7))))
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(read, ((array, mapping, schema, packed),)) == (99, "k5", 7)


def test_threads_and_processes_read_while_one_adds(tmp_path):
    path = tmp_path / "counters"
    Counters.build([Counter()], path, read_only=False)
    worker = multiprocessing.get_context("fork").Process(target=add_one, args=(str(path),))
    one = Counters.map_file(path)[0]
    worker.start()
    last = 0
    while worker.is_alive():
        now = one.n
        assert now >= last
        last = now
    worker.join()
    assert one.n == ROUNDS and ms.Schema is not None


def add_one(path):
    one = Counters.map_file(path, read_only=False)[0]
    for _ in range(ROUNDS):
        Counters.schema.Proxy.n.add(one, 1)
