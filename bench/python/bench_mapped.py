#!/usr/bin/env python3
"""What libshm.mapped_struct costs, beside sharedbuffers.

PYTHONPATH=build/python python3 bench/python/bench_mapped.py [--objects N --small N]

sharedbuffers 1.2.2 does not build for current Pythons, so its figures are those once measured
elsewhere, scaled by what a dict took there and takes here: in caches (15 ns), for what stays in
them; random ones of 10 M integers (722 ns), for what waits for memory.  Of how many objects theirs were
is not known; it is what the small ones cost that is held against the bars.  All times are of the
processor, as other processes would count otherwise.
"""

import argparse
import random
import statistics
import tempfile
import time

from libshm import mapped_struct

LARGE_KEYS = 10_000_000
LARGE_GET_THEN = 722.0
SMALL_GET_THEN = 15.0
#: name: (ns of sharedbuffers, the share of it that we may take, or None)
THEIRS = {
    "array build, an object": (10_700, 0.4),
    "a[i]": (1585, None),
    "a[i].a": (1585 + 49, 0.25),
    "reused proxy, attribute": (416, 0.25),
    "p.a": (49, None),
    "p.s": (148, None),
    "string mapper get": (789, 0.3),
    "mapping[str].a": (2500, 0.3),
    "numeric mapper build, a key": (752, None),
    "numeric mapper get": (668, None),
}
clock = time.process_time


class Thing:
    __slot_types__ = {
        "a": int, "b": float, "s": str, "u": mapped_struct.uint32, "fset": frozenset, "l": list,
    }
    __slots__ = tuple(__slot_types__)
    __schema__ = mapped_struct.Schema.from_typed_slots(__slot_types__)


class Things(mapped_struct.MappedArrayProxyBase):
    schema = Thing.__schema__


class ByName(mapped_struct.MappedMappingProxyBase):
    IdMapper = mapped_struct.StringIdMapper
    ValueArray = Things


def thing(i):
    made = Thing()
    made.a = i
    made.b = i / 3
    made.s = f"thing {i}"
    made.u = i & 0xFFFF
    made.fset = frozenset((i, i + 1, i + 2))
    made.l = [i, i * 2]
    return made


def loop_ns(statement, names, rounds=7):
    """ns a pass of a statement in a loop `for x in xs`."""
    code = f"def run(xs):\n begin = clock()\n for x in xs:\n  {statement}\n return clock() - begin"
    scope = dict(names, clock=clock)
    exec(code, scope)
    exec(code.replace(statement, "pass").replace("run", "nothing"), scope)
    xs = names["xs"]
    empty = min(scope["nothing"](xs) for _ in range(rounds))
    return (statistics.median(scope["run"](xs) for _ in range(rounds)) - empty) / len(xs) * 1e9


def large_get():
    """ns a random lookup in a large dict."""
    keys = list(range(LARGE_KEYS))
    table = dict.fromkeys(keys, 1)
    random.Random(1).shuffle(keys)
    return loop_ns("table[x]", {"table": table, "xs": keys[:1_000_000]}, 3)


def small_get():
    """ns a lookup of one key."""
    return loop_ns("table[k]", {"table": dict.fromkeys(range(100), 1), "k": 50,
                                "xs": range(1_000_000)})


def measure(count):
    ours = {}
    things = [thing(i) for i in range(count)]
    begin = clock()
    array = Things.build(things)
    ours["array build, an object"] = (clock() - begin) / count * 1e9
    order = list(range(count))
    random.Random(2).shuffle(order)
    get = array.getter(Thing.__schema__.Proxy())
    at = {"array": array, "get": get, "xs": order}
    ours["a[i]"] = loop_ns("array[x]", at)
    ours["a[i].a"] = loop_ns("array[x].a", at)
    ours["reused proxy, attribute"] = loop_ns("get(x).a", at)
    one = {"p": array[0], "z": complex(1, 2), "xs": range(1_000_000)}
    ours["complex.real"] = loop_ns("z.real", one)
    ours["p.a"] = loop_ns("p.a", one)
    ours["p.s"] = loop_ns("p.s", one)
    measure_mappers(ours, things, order)
    return ours


def measure_mappers(ours, things, order):
    names = [things[i].s for i in order]
    pairs = [(t.s, t) for t in things]
    with tempfile.NamedTemporaryFile() as destfile:
        mapping = ByName.build(pairs, destfile)
    scope = {"mapping": mapping, "mapper": mapping.id_mapper, "xs": names}
    scope["get"] = mapping.id_mapper.get
    ours["string mapper get"] = loop_ns("get(x)", scope)
    ours["mapping[str].a"] = loop_ns("mapping[x].a", scope)
    pairs = [(i * 7, i) for i in order]
    begin = clock()
    numeric = mapped_struct.NumericIdMapper.build(pairs)
    ours["numeric mapper build, a key"] = (clock() - begin) / len(order) * 1e9
    scope = {"get": numeric.get, "xs": [i * 7 for i in order]}
    ours["numeric mapper get"] = loop_ns("get(x)", scope)


def report(count, scale):
    ours = measure(count)
    print(f"\n{count} objects; complex.real {ours['complex.real']:.1f} ns")
    print(f"{'':30}{'ours':>9}{'theirs, scaled':>16}{'ratio':>8}{'bar':>7}")
    missed = 0
    for name, (then, bar) in THEIRS.items():
        ratio = ours[name] / (then * scale)
        missed += bar is not None and ratio > bar
        print(f"{name:30}{ours[name]:9.1f}{then * scale:16.1f}{ratio:8.3f}"
              f"{'' if bar is None else bar:>7}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=1_000_000, help="that do not fit caches")
    parser.add_argument("--small", type=int, default=10_000, help="objects that do")
    options = parser.parse_args()
    small = small_get()
    large = large_get()
    print(f"dict get: {small:.1f} ns of one key (there {SMALL_GET_THEN:.0f}), {large:.0f} ns at "
          f"random in {LARGE_KEYS} (there {LARGE_GET_THEN:.0f})")
    missed = report(options.small, small / SMALL_GET_THEN)
    report(options.objects, large / LARGE_GET_THEN)
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
