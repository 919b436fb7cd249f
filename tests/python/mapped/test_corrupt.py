"""Bytes that no packing wrote: an exception of the right type, never more."""

import datetime
import random
import struct

import pytest

from libshm import mapped_struct as ms
from libshm._libshm import mapped as _mapped
from things import Object, Point, Thing, Things, ThingsByName, AllThingsByName

# Of corrupt bytes: CorruptError, LookupError (an unknown class; an index or key that is none),
# AttributeError (missing), RecursionError.
EXPECTED = (ms.CorruptError, LookupError, AttributeError, RecursionError)

SCHEMA = ms.Schema({
    "i": int, "t": str, "b": bytes, "l": list, "pl": ms.proxied_list, "pt": ms.proxied_tuple,
    "fs": frozenset, "ps": ms.proxied_frozenset, "d": dict, "pd": ms.proxied_dict, "o": object,
    "p": Point, "dec": ms.mapped_decimal, "dt": ms.mapped_datetime, "arr": ms.proxied_ndarray,
    "buf": ms.proxied_buffer,
})


def sample():
    import decimal

    import numpy as np

    nested = [1, "a text beyond a cell", (2.3, None, [b"bytes beyond a cell"]), {"k": {1: [2]}}]
    return Object(
        i=5, t="another long text", b=b"some long bytes", l=nested, pl=nested, pt=tuple(nested[:3]),
        fs=frozenset([1, 500]), ps=frozenset(["a", 1.5, "long enough to be outside"]),
        d={"a": 1, "b": [1]}, pd={"a": 1, (1, "x"): [1, 2]}, o=[Point(1, 2), 2**80, 1j],
        p=Point(3, 4), dec=decimal.Decimal("1.50"), dt=datetime.datetime(2024, 1, 1),
        arr=np.arange(6.0).reshape(2, 3), buf=b"12345678",
    )


def read_all(proxy, schema=SCHEMA):
    for name in schema.slot_keys:
        try:
            value = getattr(proxy, name)
            hash(value) if isinstance(value, (ms.proxied_tuple, ms.proxied_frozenset)) else None
            if isinstance(value, (ms.proxied_list, ms.proxied_tuple)):
                value[0], value[-1], value[::-1], 5 in value, value == [1]
            if isinstance(value, (ms.proxied_frozenset, ms.proxied_dict)):
                "a" in value, 1 in value, list(value)
            if isinstance(value, ms.proxied_dict):
                value.get("a"), list(value.items())
            repr(value)
        except EXPECTED:
            pass
        except MemoryError:
            pass
        except TypeError as error:  # hash() of a list in a corrupt tuple
            assert "unhashable" in str(error)


def corrupted(data, rounds, seed, begin=0):
    """Copies with a few changes: bits, whole words, words of interest."""
    rng = random.Random(seed)
    words = [0, 1, 2**63, 2**64 - 1, 2**32, len(data), len(data) - 8, 8, 2**64 - 8]
    for _ in range(rounds):
        copy = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            at = rng.randrange(begin, len(copy))
            how = rng.randrange(4)
            if how == 0:
                copy[at] ^= 1 << rng.randrange(8)
            elif how == 1:
                copy[at] = rng.randrange(256)
            else:
                at = at // 8 * 8
                if at + 8 <= len(copy):
                    word = rng.choice(words) if how == 2 else rng.getrandbits(64)
                    struct.pack_into("<Q", copy, at, word)
        yield bytes(copy)


def test_corrupt_records():
    packed = bytes(SCHEMA.pack(sample()))
    read_all(SCHEMA.unpack(packed))
    for data in corrupted(packed, 4000, 1):
        try:
            read_all(SCHEMA.unpack(data))
        except ms.CorruptError:
            pass


def test_random_bytes_as_a_record():
    rng = random.Random(2)
    head = bytes(SCHEMA.pack(Object()))[:8]
    for _ in range(2000):
        data = head + rng.randbytes(rng.choice((40, 200, 400, 1000)))
        try:
            read_all(SCHEMA.unpack(data))
        except ms.CorruptError:
            pass


@pytest.mark.parametrize("slot_type, value, at, bad", [
    (str, "abc", 1, b"\xff"), (str, "a longer text", 8, b"\xff"), (object, "abc", 1, b"\xff"),
    (datetime.date, datetime.date(2020, 1, 1), 4, b"\x7f"), (object, datetime.date.max, 7, b"\xff"),
    (ms.mapped_datetime, datetime.datetime.max, 15, b"\x7f"),
    (list, ["abc", "a longer text"], 9, b"\xff"),
], ids=str)
def test_values_that_their_type_cannot_have(slot_type, value, at, bad):
    schema = ms.Schema({"v": slot_type})
    data = bytearray(schema.pack(Object(v=value)))
    (_, cell, _), = schema._layout()[0]
    at += cell if len(data) == schema._layout()[1] else schema._layout()[1]
    data[at : at + 1] = bad
    with pytest.raises(ms.CorruptError, match="corrupt bytes at offset"):
        schema.unpack(bytes(data)).v


def test_keys_and_indices_that_are_corrupt():
    for cls in (ms.StringIdMapper, ms.ObjectIdMapper):
        data = bytearray(cls.build({"a key": 1})._space.window())
        at = data.index(b"a key")
        data[at] = 0xFF
        mapper = cls.map_buffer(bytes(data))
        for use in (mapper.keys, mapper.items, lambda: list(mapper.entries())):
            with pytest.raises(ms.CorruptError, match="corrupt bytes"):
                use()
    for cls in (ThingsByName, AllThingsByName):
        data = bytearray(cls.build([("a key", Thing(a=1))])._space.window())
        at = _mapped.part_info(_mapped.Space(bytes(data)), 0)["sections"][1][0]
        slots, size = _mapped.part_info(_mapped.Space(bytes(data)), at)["sections"][0]
        for slot in range(at + slots, at + slots + size, 24):
            if data[slot + 8 : slot + 16] == bytes(8):
                data[slot + 8] = 77
        mapping = cls.map_buffer(bytes(data))
        for use in (mapping.values, mapping.items, lambda: mapping["a key"],
                    lambda: mapping.get("a key")):
            with pytest.raises(ms.CorruptError, match="does not exist"):
                use()


def test_cut_off_records():
    packed = bytes(SCHEMA.pack(sample()))
    for size in range(len(packed)):
        try:
            read_all(SCHEMA.unpack(packed[:size]))
        except ms.CorruptError:
            pass


def resealed(data):
    """With the checksums of its headers made right."""
    data = bytearray(data)
    at = data.find(b"MSTPARD1"[::1])
    while at >= 0:
        struct.pack_into("<Q", data, at + 120, _mapped.bytes_sum(bytes(data[at : at + 120])))
        at = data.find(b"MSTPARD1", at + 1)
    return bytes(data)


def parts():
    things = [Thing(a=i, s=f"thing number {i}", l=[i, "x"], o={"k": i}) for i in range(20)]
    pairs = [(f"k{i % 7}", thing) for i, thing in enumerate(things)]
    return [
        (Things, Things.build(things)),
        (ThingsByName, ThingsByName.build(pairs)),
        (AllThingsByName, AllThingsByName.build(pairs)),
        (ms.StringIdMultiMapper, ms.StringIdMultiMapper.build((k, i) for i, (k, _) in enumerate(pairs))),
        (ms.StringId32Mapper, ms.StringId32Mapper.build({f"key {i}": i for i in range(30)})),
        (ms.NumericIdMultiMapper, ms.NumericIdMultiMapper.build((i % 9, i) for i in range(30))),
        (ms.NumericId32Mapper, ms.NumericId32Mapper.build({i: i for i in range(30)})),
        (ms.ObjectIdMapper, ms.ObjectIdMapper.build(
            {(1, "x"): 1, 2.5: 2, frozenset(["a", "b"]): 3, 2**90: 4, None: 5})),
        (ms.ApproxStringIdMultiMapper, ms.ApproxStringIdMultiMapper.build([("a", 1), ("a", 2)])),
    ]


def read_part(cls, data):
    try:
        part = cls.map_buffer(data)
    except (ms.CorruptError, ValueError):
        return
    steps = [lambda: [read_all(one, Thing.__schema__) for one in part][:0],
             lambda: part[0], lambda: part["k1"], lambda: part.get(5), lambda: part.items(),
             lambda: part.keys(), lambda: part.values(), lambda: part[(1, "x")], part.verify,
             lambda: list(part.iter_fast()), lambda: list(part.entries())]
    for step in steps[0 if cls is Things else 1 :]:
        try:
            step()
        except (*EXPECTED, TypeError, MemoryError):
            pass


@pytest.mark.parametrize("cls, part", parts(), ids=lambda one: getattr(one, "__name__", ""))
def test_corrupt_parts(cls, part):
    data = bytes(part._space.window())
    assert resealed(data) == data
    read_part(cls, data)
    for copy in corrupted(data, 400, 3):
        read_part(cls, resealed(copy))
    for copy in corrupted(data[:256], 300, 4, 16):
        read_part(cls, resealed(copy + data[256:]))


def test_a_full_table_ends_a_search():
    data = bytearray(ms.NumericIdMapper.build({i: i for i in range(10)})._space.window())
    at, size = _mapped.part_info(_mapped.Space(bytes(data)), 0)["sections"][0]
    for slot in range(at, at + size, 16):
        struct.pack_into("<QQ", data, slot, 77, 1)
    mapper = ms.NumericIdMapper.map_buffer(bytes(data))
    assert mapper.get(77) == 1 and mapper.get(5) is None


def test_descriptions_that_are_none():
    for described in (None, {}, {"slots": 5}, {"slots": [["a"]]}, {"slots": [["a", "list"]]},
                      {"slots": [["a", "bool"], ["a", "bool"]], "alignment": 8, "version": 1},
                      {"slots": [["a", "bool"]], "alignment": 7, "version": 1},
                      {"slots": [["a", "space_of"]], "alignment": 8, "version": 1},
                      {"slots": [["a", {"schema": 5}]], "alignment": 8, "version": 1}):
        with pytest.raises(ValueError):
            ms.Schema.from_description(described)


def test_foreign_pickles():
    import pickle

    for bad in (b"", b"\x80\x04.", pickle.dumps(5)[:-1]):
        with pytest.raises((EOFError, pickle.UnpicklingError, IndexError)):
            pickle.loads(bad)
    with pytest.raises(ms.CorruptError):
        Things.map_buffer(pickle.dumps([1, 2, 3] * 100))


def test_unregistered_codes_are_named():
    class Gone:
        a = 1

    schema = ms.Schema({"a": int})
    ms.mapped_object.register_schema(Gone, schema, 0xEE)
    packed = bytearray(Thing.__schema__.pack(Thing(o=[Gone()])))
    packed[packed.index(0xEE)] = 0xED
    with pytest.raises(LookupError, match="0xed.*register_schema"):
        Thing.__schema__.unpack(bytes(packed)).o
