"""Opening, closing, and what an image is."""

import gc
import os
import weakref

import libshm
import numpy as np
import pytest


def test_an_image_is_its_collections(geo, geo_path):
    assert geo.path == os.fspath(geo_path)
    assert list(geo)[:2] == ["cities", "by_id"]
    assert len(geo) == 14
    assert "cities" in geo and "towns" not in geo
    assert geo["cities"] is geo.cities
    with pytest.raises(KeyError, match="towns"):
        geo["towns"]
    with pytest.raises(AttributeError):
        geo.towns
    assert geo.size == geo_path.stat().st_size
    assert "record City {" in geo.schema
    assert "geo.img" in repr(geo)
    assert isinstance(geo, libshm.Image)


def test_the_schema_builds_the_image_again(geo, tmp_path):
    again = tmp_path / "again.img"
    names = ["cities", "timezones", "counts", "events", "blocked", "heights"]
    data = {}
    for name in names:
        value = geo[name]
        if isinstance(value, libshm.MultiMap):
            data[name] = sorted((key, each) for key, values in value.items() for each in values)
        else:
            data[name] = libshm.materialize(value)
    libshm.build(geo.schema, again, data)
    with open(again, "rb") as new, open(geo.path, "rb") as old:
        assert new.read() == old.read()


def test_records_build_an_image_again(geo, tmp_path):
    """Rows of one image as the rows of another, without a copy between."""
    again = tmp_path / "again.img"
    events = sorted((key, each) for key, values in geo.events.items() for each in values)
    libshm.build(geo.schema, again, {
        "cities": geo.cities, "timezones": geo.timezones.items(), "counts": geo.counts.items(),
        "events": events, "blocked": geo.blocked, "heights": geo.heights})
    with open(again, "rb") as new, open(geo.path, "rb") as old:
        assert new.read() == old.read()


@pytest.mark.parametrize("verify", ["auto", "always", "never"])
def test_verification(geo_path, verify):
    with libshm.open(geo_path, verify=verify) as img:
        assert img.verified == (verify == "always")


@pytest.mark.parametrize("options", [{"huge_pages": True}, {"private_copy": True}])
def test_how_it_lies_in_memory(geo_path, options):
    with libshm.open(geo_path, **options) as img:
        assert img.by_id[30].name == "city 3"


def test_unknown_verification(geo_path):
    with pytest.raises(ValueError, match="'sometimes'"):
        libshm.open(geo_path, verify="sometimes")
    with pytest.raises(ValueError):
        libshm.open(geo_path, verify=[])


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        libshm.open(tmp_path / "none.img")
    assert isinstance(caught.value, libshm.ImageIOError)
    assert caught.value.filename == os.fspath(tmp_path / "none.img")
    assert "none.img" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(10000)])
def test_what_is_no_image(tmp_path, content):
    path = tmp_path / "not.img"
    path.write_bytes(content)
    with pytest.raises(libshm.NotImageError):
        libshm.open(path)


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(libshm.NotImageError):
        libshm.open(tmp_path)


def test_truncated_and_corrupt(geo_path, tmp_path):
    content = geo_path.read_bytes()
    path = tmp_path / "bad.img"
    path.write_bytes(content[:-100])
    with pytest.raises(libshm.TruncatedError) as caught:
        libshm.open(path)
    assert isinstance(caught.value, libshm.CorruptError)
    for at in (len(content) // 3, len(content) // 2, len(content) - 9):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(libshm.CorruptError):
            libshm.open(path, verify="always")


def test_wrong_arguments():
    with pytest.raises(TypeError):
        libshm.open(17.5)
    with pytest.raises(TypeError):
        libshm.Image()
    with pytest.raises(TypeError):
        libshm.Record()


def every_use(img):
    """Calls that all need an open image, of everything that it has."""
    row, second, cities = img.cities[3], img.cities[2], img.cities
    rows, table_slice = img.by_name["city 3"], cities[2:9]
    iterators = [iter(cities), iter(img.by_id), iter(row.tags), iter(rows), iter(img.by_tag)]
    uses = [
        lambda: row.id, lambda: row.name, lambda: row.population, lambda: row.where, lambda: hash(row),
        lambda: row == second, lambda: cities[0], lambda: list(cities), lambda: img.by_id[10],
        lambda: 10 in img.by_id, lambda: img.by_id.get(10), lambda: len(img.by_id), lambda: rows[0],
        lambda: table_slice[0], lambda: img.timezones["CH"], lambda: 5 in img.blocked, lambda: img.events[1],
        lambda: img.in_order.prefix("c"), lambda: img.in_order["a":"b"], lambda: cities.column("id"),
        lambda: img.heights, lambda: cities.to_numpy(), lambda: img.by_id.get_many([10]),
        lambda: img.by_id.rows_many(np.arange(3)), lambda: cities.__arrow_c_stream__(),
        lambda: libshm.materialize(row), lambda: libshm.row_number(row), lambda: row.__reduce__(),
        lambda: cities.__reduce__(), lambda: img.__reduce__(), lambda: img.size,
    ]
    parts = [row.tags, row.aliases, row.names, row.pair, row.corners, row.digest, row.where]
    for part in parts[:-1]:
        uses += [lambda part=part: list(part), lambda part=part: libshm.materialize(part)]
    uses += [lambda: row.tags[0], lambda: row.names["de"], lambda: "ä" in row.aliases,
             lambda: memoryview(row.digest), lambda: parts[-1].lat, lambda: row.pair[0]]
    for each in iterators:
        uses.append(lambda each=each: next(each))
    closed = [lambda part=part: part[0] for part in (parts[0], parts[3], parts[4], parts[5])]
    closed += [lambda: "ä" in parts[1], lambda: parts[2]["de"], lambda: parts[0] == [], lambda: hash(parts[3])]
    return uses + closed


def test_everything_of_a_closed_image_says_so(geo_path):
    img = libshm.open(geo_path)
    uses = every_use(img)
    assert not img.closed
    for use in uses:
        try:
            use()
        except StopIteration:
            pass
    gc.collect()
    img.close()
    assert img.closed
    for number, use in enumerate(uses):
        with pytest.raises(libshm.ClosedError, match="geo.img"):
            use()
            raise AssertionError(f"use {number} went on")
    img.close()
    with pytest.raises(ValueError):
        with img:
            pass
    assert "closed" in repr(img)


@pytest.mark.parametrize("view", [
    lambda img: img.cities.column("id"),
    lambda img: img.cities.column("id")[3:7],
    lambda img: img.cities.column("population"),
    lambda img: img.heights,
    lambda img: img.heights[0].T,
    lambda img: img.cities.to_numpy(),
    lambda img: img.cities[1].grid,
    lambda img: memoryview(img.cities[1].digest),
    lambda img: np.asarray(img.cities[1].digest),
    lambda img: np.frombuffer(img.cities[1].digest, np.uint8),
])
def test_close_with_a_live_view(geo_path, view):
    img = libshm.open(geo_path)
    live = view(img)
    before = np.array(live, copy=True)
    with pytest.raises(BufferError, match="geo.img"):
        img.close()
    assert not img.closed
    assert (np.asarray(live) == before).all()
    del live
    gc.collect()
    img.close()
    assert img.closed


def test_code_that_closes_in_the_middle(made):
    """Whatever runs between the look whether the image is open and the reading of it may close it."""
    schema = """struct P { x: u8; y: u8; } record R { k: u32; p: P; s: {P}; n: {u32}; d: {u32: string}; }
        dataset D { rows: array<R>; i: index rows by k; q: index rows by p; o: sorted rows by k; m: map<u64, u64>; }"""

    def key(img, answer):
        class Key:
            def __index__(self):
                img.close()
                return answer

            def __eq__(self, other):
                img.close()
                return True

            __hash__ = object.__hash__

            @property
            def x(self):
                img.close()
                return answer

            y = 2

        return Key()

    uses = [lambda img, row, key: img.i[key], lambda img, row, key: key in img.i, lambda img, row, key: img.m.get(key),
            lambda img, row, key: img.q[key], lambda img, row, key: key in row.n, lambda img, row, key: row.d[key],
            lambda img, row, key: img.o[key], lambda img, row, key: key in row.s, lambda img, row, key: img.i.rows_many([key]),
            lambda img, row, key: img.m.get_many([key, key], default=0), lambda img, row, key: key in img.rows]
    for use in uses:
        img = made(schema, {"rows": [(1, (1, 2), {(1, 2)}, {1}, {1: "x"})], "m": {1: 1}})
        try:
            use(img, img.rows[0], key(img, 1))
        except (libshm.ClosedError, BufferError, KeyError):
            pass


def test_a_finalizer_that_closes(geo_path):
    class Closer:
        def __init__(self, img):
            self.img, self.me = img, self

        def __del__(self):
            try:
                self.img.close()
            except BufferError:
                pass

    gc.collect()
    old = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for use in (lambda row: libshm.materialize(row), repr, lambda row: row.extra, lambda row: row == row.twin.twin,
                    lambda row: row.tags == ["x"], lambda row: dict(row.names), lambda row: row.nested == {}):
            img = libshm.open(geo_path)
            row = img.cities[3]
            Closer(img)
            try:
                use(row)
            except libshm.ClosedError:
                pass
    finally:
        gc.set_threshold(*old)


def test_leaving_the_block_closes(geo_path):
    with libshm.open(geo_path) as img:
        row = img.cities[0]
    assert img.closed
    with pytest.raises(libshm.ClosedError):
        row.id


def test_a_view_keeps_the_mapping(geo_path):
    column = libshm.open(geo_path).cities.column("id")
    gc.collect()
    assert column[5] == 50
    row = libshm.open(geo_path).cities[4]
    gc.collect()
    assert row.name == "city 4"


def test_an_image_that_nobody_holds_is_unmapped(geo_path):
    def mappings():
        with open("/proc/self/maps") as maps:
            return sum("geo.img" in line for line in maps)

    libshm.open(geo_path)
    gc.collect()
    before = mappings()
    img = libshm.open(geo_path)
    assert mappings() == before + 1
    del img
    assert mappings() == before
    handle = weakref.ref(libshm.open(geo_path)._handle)
    assert handle() is None


def test_names_that_are_taken(made):
    img = made("""record R { class: u32; lambda: string; id: u32; }
        dataset D { close: array<R>; schema: index close by id; import: set<u32>; }""",
               {"close": [{"class": 1, "lambda": "x", "id": 5}], "import": [3]})
    assert img.close_[0].class_ == 1
    assert getattr(img.close_[0], "class") == 1
    assert img.close_[0].lambda_ == "x"
    assert img.schema_[5].id == 5
    assert img["schema"][5].id == 5
    assert 3 in img.import_
    img.close()


def test_classes_are_shared_by_images_of_one_schema(geo, geo_path):
    other = libshm.open(geo_path)
    assert type(other.cities[0]) is type(geo.cities[0])
    assert other.cities[0] == geo.cities[0]
    assert geo.class_of("City") is type(geo.cities[0])
    assert geo.class_of("Kind").large == 7
    assert geo.class_of("Climate").__doc__ is None or "weather" in geo.class_of("Climate").__doc__
    with pytest.raises(KeyError):
        geo.class_of("Town")


def test_classes_go_with_the_last_image(made):
    img = made("record Lonely { x: u8; } dataset D { rows: array<Lonely>; }", {"rows": [(1,)]})
    kind = weakref.ref(type(img.rows[0]))
    del img
    gc.collect()
    assert kind() is None
