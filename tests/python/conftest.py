"""What the tests of the Python package share, and the line of counts that tests/case reads."""

import datetime as dt
import decimal
import uuid

import libshm
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "libshm",
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("libshm")

SCHEMA = """
namespace geo;
enum Kind : u8 { small = 0, medium, large = 7 }
struct Point { lat: f64; lon: f64; }
/// What the weather is like.
record Climate { zone: string; rain: f32[3]; }
record City {
  id: u32; name: string; kind: Kind = small; where: Point; population: u64?;
  tags: [string]; digest: u8[4]; aliases: {string}; names: {string: string};
  founded: date?; seen: datetime?; climate: Climate?; twin: ref<City>?; extra: any;
  level: i64??; pair: (u32, string?); grid: tensor<f32>; price: decimal; key: uuid; blob: bytes;
  odds: [u32?]; flag: bool = true; corners: [Point]; ids: {u32}; nested: {string: [i16]};
}
dataset Geo {
  cities: array<City>;
  by_id: index cities by id;
  by_name: multi cities by name;
  by_tag: multi cities by tags;
  by_place: multi cities by kind, where.lat;
  sounds: multi cities by name approximate 1/1000;
  in_order: sorted cities by name;
  by_number: sorted cities by id;
  tag_order: sorted cities by tags;
  timezones: map<string, string>;
  counts: map<u64, i64>;
  events: multimap<u32, string>;
  blocked: set<u64>;
  heights: tensor<f32>;
}
"""

COUNT = 60


def city(i, count=COUNT):
    return {
        "id": 10 * i,
        "name": f"city {i % 25}",
        "kind": ("small", "medium", "large")[i % 3],
        "where": {"lat": i / 2, "lon": -float(i)},
        "population": None if i % 3 else 1000 * i,
        "tags": [f"tag {i % 7}", "all"],
        "digest": [i, 1, 2, 255],
        "aliases": {f"alias {i}", "ä", "much longer than a short text is"},
        "names": {"de": f"Stadt {i}", "en": f"town {i}"},
        "founded": None if i % 4 else dt.date(1200 + i, 2, 28),
        "seen": dt.datetime(2020, 1, 2, 3, 4, 5, 678900 + i, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "climate": {"zone": f"Cf{i % 2}", "rain": [0.5, 1.5, i]} if i % 2 else None,
        "twin": (i + 1) % count,
        "extra": {"i": i, "list": [1, 2.5, None, ("x", b"y")], "set": {1, 2}},
        "level": i,
        "pair": (i, None if i % 2 else "even"),
        "grid": [[float(i), 1.0], [2.0, 3.0]],
        "price": decimal.Decimal(f"{i}.10"),
        "key": uuid.UUID(int=i),
        "blob": bytes([i]) * i,
        "odds": [None, i],
        "flag": bool(i % 2),
        "corners": [(0.0, float(i)), (1.0, 2.0)],
        "ids": {i, i + 1, 7},
        "nested": {"a": [i, -i], "b": []},
    }


def geo_collections(count=COUNT):
    return {
        "cities": (city(i, count) for i in range(count)),
        "timezones": {"CH": "Europe/Zurich", "FR": "Europe/Paris"},
        "counts": ((i * i, -i) for i in range(100)),
        "events": [(1, "a"), (1, "b"), (2, "c")],
        "blocked": [1, 5, 2**64 - 1],
        "heights": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    }


@pytest.fixture(scope="session")
def geo_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("geo") / "geo.img"
    libshm.build(SCHEMA, path, geo_collections())
    return path


@pytest.fixture
def geo(geo_path):
    return libshm.open(geo_path)


@pytest.fixture
def made(tmp_path):
    """Builds an image and opens it: made(schema, {name: data})."""
    number = 0

    def make(schema, collections):
        nonlocal number
        number += 1
        path = tmp_path / f"{number}.img"
        libshm.build(schema, path, collections)
        return libshm.open(path, verify="always")

    return make


def pytest_unconfigure(config):
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:
        return
    counts = {name: len(reports) for name, reports in reporter.stats.items() if name}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    print(f"\n{counts.get('passed', 0)} passed, {failed} failed, {counts.get('skipped', 0)} skipped")
