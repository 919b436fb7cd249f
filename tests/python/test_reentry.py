"""Code that runs in the middle of a use, as a collection of garbage makes any code do: it closes the image, or goes
through the iterator that is taking a step.  In a process of its own, which a wild read would end."""

import os
import subprocess
import sys

import libshm
import pytest

SCHEMA = """
struct P { x: i32; y: f64; }
record N { p: P; tags: [string]; }
record R { id: u32; name: string; p: P; tags: [string]; days: {date: [i32]}; any_: [any]; grid: tensor<f64>; }
dataset D {
  rows: array<R>;
  pairs: index rows by id, name;
  by_tag: multi rows by tags;
  by_p: multi rows by p;
  mixed: multi rows by p, tags;
  ordered: sorted rows by name, id;
  tag_order: sorted rows by tags;
  nested: map<P, N>;
  values: multimap<u32, (i32, string)>;
  points: set<P>;
  cube: tensor<f64>;
}
"""

PREFACE = """
import gc, libshm, sys

def drain():
    '''Takes what lies in the free lists, so that each object made is one that may start a collection.'''
    return [[[] for _ in range(200)], [tuple(range(n)) for n in range(1, 6) for _ in range(2050)], [{} for _ in range(200)]]

def during(action, function, after):
    '''Calls the function; each collection of garbage from the `after`th on calls the action.'''
    count = 0
    def started(phase, info):
        nonlocal count
        count += phase == "start"
        if phase == "start" and count > after:
            action()
    kept = drain()
    gc.collect()
    gc.callbacks.append(started)
    gc.set_threshold(1, 1, 1)
    try:
        return function()
    except libshm.ClosedError:
        pass
    finally:
        gc.set_threshold(0)
        gc.callbacks.remove(started)
"""

CLOSING = """
def uses(img):
    for name in ("rows", "pairs", "by_tag", "by_p", "mixed", "ordered", "tag_order", "nested", "values", "points"):
        yield lambda it=img[name]: list(it)
        yield lambda it=img[name]: libshm.materialize(it)
        if hasattr(img[name], "items"):
            yield lambda it=img[name]: list(it.items())
            yield lambda it=img[name]: list(it.values())
    row = img.rows[2]
    yield from (lambda: img.by_tag["x" * 20].row_numbers(), lambda: libshm.materialize(img.by_tag["x" * 20]),
                lambda: img.cube, lambda: row.grid, lambda: list(row.days.items()), lambda: list(row.any_))

def close():
    try:
        img.close()
    except BufferError:
        pass

gc.disable()
number = 0
while number is not None:
    for after in range(4):
        img = libshm.open(sys.argv[1])
        use = dict(enumerate(uses(img))).get(number)
        if use is None:
            number = None
            break
        use()
        gc.enable()
        during(close, use, after)
        gc.disable()
    else:
        number += 1
print("survived")
"""

STEPPING = """
gc.disable()
for make in (lambda img: iter(img.rows[1].any_), lambda img: iter(img.mixed.items()), lambda img: iter(img.by_tag),
             lambda img: iter(img.values[1]), lambda img: iter(img.rows[1].days.items())):
    for after in range(4):
        iterator = make(libshm.open(sys.argv[1]))
        junk = []
        def exhaust():
            gc.disable()
            try:
                for _ in iterator:
                    pass
            except ValueError as error:
                assert "already taking a step" in str(error)
            junk.extend(bytearray(b"\\xff" * size) for size in range(16, 400, 8) for _ in range(20))
            gc.enable()
        gc.enable()
        during(exhaust, lambda: list(iterator), after)
        gc.disable()
print("survived")
"""


def row(i):
    import datetime
    return {"id": i, "name": f"name{i}" * 4, "p": (i, 2.0), "tags": [f"t{i}" * 5, "x" * 20, "y"],
            "days": {datetime.date(2020, 1, 1 + each): [each] for each in range(3)},
            "any_": [[1, {"k" * 20: (1, [2])}], (1, [2])] * 2, "grid": [[1.0, 2.0]]}


@pytest.mark.parametrize("code", [CLOSING, STEPPING], ids=["closing", "stepping"])
def test_code_in_the_middle_of_a_use(tmp_path, code):
    path = tmp_path / "x.img"
    nested = {"p": (1, 1.0), "tags": ["a" * 20, "b" * 20]}
    libshm.build(SCHEMA, path, {
        "rows": [row(i) for i in range(6)], "nested": [((1, 2.0), nested), ((3, 2.0), nested)],
        "values": [(1, (i, "e" * 20)) for i in range(9)], "points": [(1, 2.0), (3, 4.0)], "cube": [[[1.0]]]})
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", PREFACE + code, os.fspath(path)],
                          capture_output=True, text=True)
    assert done.stdout == "survived\n" and done.returncode == 0, done.stderr


