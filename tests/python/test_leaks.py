"""Memory that is taken is given back: a large number of rounds leaves the process as large as it was."""

import contextlib
import gc
import pickle

import libshm
import numpy as np
import pyarrow as pa
import pytest

from conftest import SCHEMA, city, geo_collections


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def attributes(img):
    row = img.cities[3]
    for name in row.__fields__:
        getattr(row, name)
    hash(row), repr(row), row == img.cities[4], libshm.materialize(row)


def containers(img):
    row = img.cities[3]
    list(row.tags), row.tags[::-1], "x" in row.tags, row.tags == ["x"], row.aliases | {"x"}, "ä" in row.aliases
    row.names["de"], row.names.get("x"), dict(row.names.items()), row.names == {}, hash(row.pair), row.pair[1:]
    memoryview(row.digest).tolist(), row.aliases.union(["z"]), list(reversed(row.tags)), row.tags + ["x"]


def finds(img):
    img.by_id[30], img.by_id.get(31), 30 in img.by_id, img.by_name["city 3"][0], img.in_order["a":"city 2"][1]
    img.timezones["CH"], img.counts[4], img.events[1][0], 5 in img.blocked, img.by_place["large", 1.0]
    list(img.by_tag.items()), list(img.tag_order), list(img.counts.values())
    for wrong in (lambda: img.by_id[31], lambda: img.by_id[[]], lambda: img.cities[1000], lambda: img.timezones[5]):
        with contextlib.suppress(KeyError, TypeError, IndexError):
            wrong()


def arrays(img):
    img.heights, img.cities.column("id")[3:], img.cities.column("population"), img.cities.to_numpy()
    img.counts.get_many(np.arange(50), default=0), img.by_id.rows_many([10, 20, 21]), img.timezones.contains_many(["CH", "x"])


def arrow(img):
    pa.table(img.cities), pa.array(img.cities.column("tags")), img.cities.__arrow_c_stream__()


def pickles(img):
    for each in (img, img.cities[3], img.by_id, img.by_name["city 3"], img.heights[1], img.cities[3].tags):
        pickle.loads(pickle.dumps(each))


def opens(img):
    with libshm.open(img.path) as other:
        other.cities[3].name
    libshm.open(img.path).cities[4]


@pytest.mark.parametrize("use, rounds", [
    (attributes, 3000), (containers, 3000), (finds, 1500), (arrays, 1000), (arrow, 100), (pickles, 1500), (opens, 1000)])
def test_uses_leave_nothing(geo, use, rounds):
    for _ in range(rounds // 5):
        use(geo)
    gc.collect()
    before = resident()
    for _ in range(rounds):
        use(geo)
    gc.collect()
    assert resident() - before < 1 << 20


def test_a_million_attributes(geo):
    row, by_id = geo.cities[3], geo.by_id
    for _ in range(1000):
        row.name, row.where, row.tags, by_id[30]
    before = resident()
    for _ in range(250_000):
        row.name, row.where, row.tags, by_id[30]
    assert resident() - before < 256 << 10


def test_builds_leave_nothing(tmp_path):
    path = tmp_path / "x.img"

    def rounds(count):
        for i in range(count):
            libshm.build(SCHEMA, path, geo_collections(5))
            for bad in ({"id": -1}, {"name": 5}, {"extra": object()}, {"twin": 99}, {"tags": [1]}, {"unknown": 1}):
                with contextlib.suppress(libshm.Error):
                    libshm.build(SCHEMA, path, {"cities": [city(0) | bad]})
        gc.collect()

    rounds(10)
    before = resident()
    rounds(40)
    assert resident() - before < 2 << 20


def test_schemas_leave_nothing(tmp_path):
    path = tmp_path / "x.img"

    def rounds(first, count):
        for i in range(first, first + count):
            libshm.build(f"enum E{i} : u8 {{ a }} record R{i} {{ x: u8; e: E{i}; }} dataset D {{ rows: array<R{i}>; }}", path,
                         {"rows": [(1, 0)]})
            libshm.open(path).rows[0].e
            if i % 10 == 0:
                gc.collect()
        gc.collect()

    rounds(0, 50)
    before = resident()
    rounds(50, 200)
    assert resident() - before < 4 << 20
