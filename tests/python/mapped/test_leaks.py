"""Many rounds of everything, good and bad, need no more memory than a few."""

import gc
import pickle
import sys

import numpy as np

from libshm import mapped_struct as ms
from test_corrupt import SCHEMA, corrupted, read_all, sample
from things import Object, Point, Thing, Things, ThingsByName

THINGS = [Thing(a=i, s=f"thing number {i}", l=[i]) for i in range(20)]
BAD = [Thing(s=5), Thing(a="x"), Thing(l=[object()]), Thing(o={1: object()}), Thing(where=5)]


def resident_kib():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4


def refused(function, *arguments):
    try:
        function(*arguments)
    except (TypeError, KeyError, IndexError, ValueError):
        return
    raise AssertionError("it was not refused")


def records(thing, packed):
    SCHEMA.pack(thing)
    proxy = SCHEMA.unpack(packed)
    read_all(proxy)
    SCHEMA.pack_into(thing, bytearray(4000), 8, {})
    SCHEMA.unpack(packed, idmap={}).l
    proxy.pl[::2] == [1], proxy.pd.get("a"), proxy.pd.items(), "a" in proxy.ps, proxy.arr, proxy.buf
    pickle.loads(pickle.dumps(proxy))
    for data in corrupted(packed, 3, 1):
        try:
            read_all(SCHEMA.unpack(data))
        except ms.CorruptError:
            pass
    for bad in BAD:
        refused(Thing.__schema__.pack, bad)


def containers(array, mapping, mapper):
    list(array.iter_fast()), list(array), array[3:9], array.getter()(4).s
    [mapping[key].a for key in mapping]
    mapping.items(), mapping.get("no"), list(mapping.get_iter("thing number 3"))
    mapper.items(), mapper.get((3, "x")), mapper.get((3, "y"))
    for bad in (lambda: mapping[5], lambda: mapping["no"], lambda: mapper[[1]], lambda: array[99],
                lambda: Things.map_buffer(b"x"), lambda: Things.build(BAD)):
        refused(bad)
    Things.build(THINGS[:5]).close()
    ms.StringIdMapper.build({"a": 1, "b": 2})
    schema = ms.Schema({"a": int, "n": Point})
    schema.unpack(schema.pack(Object(a=1, n=Point(1, 2)))).n.x
    ms.bsearch(np.arange(5), 3)


def test_nothing_leaks():
    thing = sample()
    packed = bytes(SCHEMA.pack(thing))
    array = Things.build(THINGS)
    mapping = ThingsByName.build([(one.s, one) for one in THINGS])
    mapper = ms.ObjectIdMultiMapper.build([((i % 7, "x"), i) for i in range(50)])

    def rounds(count):
        for _ in range(count):
            records(thing, packed)
            containers(array, mapping, mapper)
        gc.collect()
        return sys.getallocatedblocks(), resident_kib()

    rounds(300)
    blocks, kib = rounds(300)
    blocks_after, kib_after = rounds(600)
    assert blocks_after - blocks < 60
    assert kib_after - kib < 1000
