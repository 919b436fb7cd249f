#!/usr/bin/env python3
"""What libshm.mapped_struct costs, beside sharedbuffers' figures of docs/mapped_struct.md.

PYTHONPATH=build/python python3 bench/python/bench_mapped.py [--objects N]

sharedbuffers 1.2.2 does not build for current Pythons, so its figures are those measured on one
machine, scaled by two references that were measured there, too, and are measured here again:
random lookups in a dict of 10 M integers (722 ns), for what waits for memory, and a attribute of a
C type (complex.real; its p.a, 49 ns, was a descriptor in C as well), reported beside p.a.
"""

import argparse
import random
import statistics
import tempfile
import time

from libshm import mapped_struct

DICT_KEYS = 10_000_000
DICT_GET_THEN = 722.0
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


def ns_each(function, arguments, rounds=5):
    """The median of rounds; the cost of the loop is taken off."""
    def timed(call):
        begin = time.perf_counter()
        for argument in arguments:
            call(argument)
        return time.perf_counter() - begin

    empty = min(timed(_nothing) for _ in range(rounds))
    spent = statistics.median(timed(function) for _ in range(rounds))
    return (spent - empty) / len(arguments) * 1e9


def _nothing(argument):
    pass


def loop_ns(statement, names, count, rounds=5):
    """ns a pass of a statement in a loop `for x in xs`."""
    code = f"def run(xs):\n begin = clock()\n for x in xs:\n  {statement}\n return clock() - begin"
    scope = dict(names, clock=time.perf_counter)
    exec(code, scope)
    exec(code.replace(statement, "pass").replace("run", "nothing"), scope)
    xs = names["xs"]
    empty = min(scope["nothing"](xs) for _ in range(rounds))
    return (statistics.median(scope["run"](xs) for _ in range(rounds)) - empty) / len(xs) * 1e9


def reference():
    """ns a random lookup in a large dict."""
    keys = list(range(DICT_KEYS))
    table = dict.fromkeys(keys, 1)
    random.Random(1).shuffle(keys)
    return loop_ns("table[x]", {"table": table, "xs": keys[:1_000_000]}, 1_000_000, 3)


def measure(count):
    ours = {}
    things = [thing(i) for i in range(count)]
    begin = time.perf_counter()
    array = Things.build(things)
    ours["array build, an object"] = (time.perf_counter() - begin) / count * 1e9
    order = list(range(count))
    random.Random(2).shuffle(order)
    get = array.getter(Thing.__schema__.Proxy())
    at = {"array": array, "get": get, "xs": order}
    ours["a[i]"] = loop_ns("array[x]", at, count)
    ours["a[i].a"] = loop_ns("array[x].a", at, count)
    ours["reused proxy, attribute"] = loop_ns("get(x).a", at, count)
    one = {"p": array[0], "z": complex(1, 2), "xs": range(1_000_000)}
    ours["complex.real"] = loop_ns("z.real", one, count)
    ours["p.a"] = loop_ns("p.a", one, count)
    ours["p.s"] = loop_ns("p.s", one, count)
    measure_mappers(ours, things, order)
    return ours


def measure_mappers(ours, things, order):
    names = [things[i].s for i in order]
    pairs = [(t.s, t) for t in things]
    with tempfile.NamedTemporaryFile() as destfile:
        mapping = ByName.build(pairs, destfile)
    scope = {"mapping": mapping, "mapper": mapping.id_mapper, "xs": names}
    scope["get"] = mapping.id_mapper.get
    ours["string mapper get"] = loop_ns("get(x)", scope, len(names))
    ours["mapping[str].a"] = loop_ns("mapping[x].a", scope, len(names))
    pairs = [(i * 7, i) for i in order]
    begin = time.perf_counter()
    numeric = mapped_struct.NumericIdMapper.build(pairs)
    ours["numeric mapper build, a key"] = (time.perf_counter() - begin) / len(order) * 1e9
    scope = {"get": numeric.get, "xs": [i * 7 for i in order]}
    ours["numeric mapper get"] = loop_ns("get(x)", scope, len(order))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--reference-ns", type=float, help="of the dict, instead of measuring it")
    options = parser.parse_args()
    here = options.reference_ns or reference()
    scale = here / DICT_GET_THEN
    ours = measure(options.objects)
    print(f"dict get, random in {DICT_KEYS}: {here:.0f} ns here, {DICT_GET_THEN:.0f} there; "
          f"complex.real: {ours['complex.real']:.1f} ns; {options.objects} objects")
    print(f"{'':30}{'ours':>9}{'theirs, scaled':>16}{'ratio':>8}{'bar':>7}")
    missed = 0
    for name, (then, bar) in THEIRS.items():
        ratio = ours[name] / (then * scale)
        missed += bar is not None and ratio > bar
        print(f"{name:30}{ours[name]:9.1f}{then * scale:16.1f}{ratio:8.3f}"
              f"{'' if bar is None else bar:>7}")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
