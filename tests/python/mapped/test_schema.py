"""Schemas: packing, unpacking, and what cannot be packed."""

import copy
import gc
import pickle

import pytest

from libshm import mapped_struct as ms
from libshm._libshm import mapped as _mapped
from things import Object, Point, Thing, round_trip

INTEGERS = [
    (ms.int8, 8, True), (ms.uint8, 8, False), (ms.byte, 8, True), (ms.ubyte, 8, False),
    (ms.int16, 16, True), (ms.uint16, 16, False), (ms.short, 16, True), (ms.ushort, 16, False),
    (ms.int32, 32, True), (ms.uint32, 32, False), (ms.int64, 64, True), (ms.uint64, 64, False),
    (int, 64, True),
]


def test_the_seed_example():
    thing = Thing(a=3, s="blah", fset=frozenset([1, 3]), o=3)
    schema = Thing.__schema__
    assert isinstance(schema.pack(thing), bytearray)
    buffer = bytearray(1000)
    end = schema.pack_into(thing, buffer, 10)
    assert 10 < end < 1000
    proxy = schema.unpack_from(buffer, 10)
    assert (proxy.a, proxy.s, proxy.fset, proxy.o) == (3, "blah", frozenset([1, 3]), 3)


def test_missing_none_and_present_are_three_things():
    schema = ms.Schema({"a": int, "b": str, "c": list})
    proxy = schema.unpack(schema.pack(Object(a=1, b=None)))
    assert proxy.a == 1
    assert proxy.b is None
    with pytest.raises(AttributeError, match="c"):
        proxy.c
    assert not hasattr(proxy, "c")
    with pytest.raises(AttributeError):
        proxy.d


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 129, 1000])
def test_any_number_of_attributes(count):
    names = [f"a{i}" for i in range(count)]
    kinds = [int, str, ms.uint8, float]
    values = [7, "a text of some length", 200, 0.1]
    schema = ms.Schema({name: kinds[i % 4] for i, name in enumerate(names)})
    thing = Object(**{name: values[i % 4] for i, name in enumerate(names) if i % 3})
    for name in names[::3]:
        setattr(thing, name, None) if name[-1] in "02468" else None
    proxy = schema.unpack(schema.pack(thing))
    for name in names:
        assert getattr(proxy, name, "missing") == getattr(thing, name, "missing")


@pytest.mark.parametrize("kind, bits, signed", INTEGERS)
def test_integers_at_and_beyond_their_limits(kind, bits, signed):
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    for value in (least, least + 1, 0, 1, most - 1, most, True):
        assert round_trip(kind, value) == value
    for value in (least - 1, most + 1, 2**100, -(2**100)):
        with pytest.raises(OverflowError, match="attribute 'v'.*out of range"):
            round_trip(kind, value)
    for value in (1.0, "1", [], b"1", 1j):
        with pytest.raises(TypeError, match="attribute 'v'"):
            round_trip(kind, value)


def test_floats_and_bools():
    assert round_trip(float, 0.1) == 0.1
    assert round_trip(ms.float32, 0.5) == 0.5
    assert round_trip(float, 3) == 3.0 and isinstance(round_trip(float, 3), float)
    assert str(round_trip(float, -0.0)) == "-0.0"
    assert round_trip(float, float("nan")) != round_trip(float, float("nan"))
    assert round_trip(ms.float32, float("inf")) == float("inf")
    with pytest.raises(OverflowError, match="float32"):
        round_trip(ms.float32, 1e39)
    with pytest.raises(OverflowError):
        round_trip(float, 10**400)
    with pytest.raises(TypeError):
        round_trip(float, "0.1")
    assert round_trip(bool, True) is True and round_trip(bool, 0) is False
    for value in (2, "yes", 1.0, []):
        with pytest.raises(TypeError, match="attribute 'v': bool expected"):
            round_trip(bool, value)


@pytest.mark.parametrize("kind, value", [
    (str, b"bytes"), (str, 1), (bytes, "text"), (list, "text"), (list, 5), (list, {1}),
    (tuple, b"12"), (frozenset, [1]), (dict, [1]), (Point, 5), (ms.mapped_date, 5),
    (ms.mapped_datetime, 5), (ms.mapped_decimal, 0.5), (ms.mapped_buffer, 5),
    (ms.mapped_ndarray, [1, 2]), (object, Object()), (list, [Object()]), (object, {1: Object()}),
])
def test_wrong_types_name_the_attribute(kind, value):
    with pytest.raises(TypeError, match="attribute 'v'"):
        round_trip(kind, value)


def test_nested_errors_name_the_path():
    with pytest.raises(OverflowError, match="attribute 'where': attribute 'x'"):
        Thing.__schema__.pack(Thing(where=Point(2**40)))
    with pytest.raises(ValueError, match="attribute 's'"):
        Thing.__schema__.pack(Thing(s="\ud800"))


def test_what_an_attribute_raises_comes_through():
    class Bad:
        @property
        def a(self):
            raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError, match="no"):
        ms.Schema({"a": int}).pack(Bad())


def test_failed_packing_changes_nothing():
    schema = Thing.__schema__
    buffer = bytearray(b"x" * 200)
    idmap = {}
    with pytest.raises(TypeError):
        schema.pack_into(Thing(s="a long text of many letters", l=[object()]), buffer, 8, idmap)
    with pytest.raises(ValueError, match="the buffer has 200"):
        schema.pack_into(Thing(s="y" * 300), buffer, 8, idmap)
    assert buffer == b"x" * 200 and idmap == {}
    for offset in (-1, 201, 2**63):
        with pytest.raises((ValueError, OverflowError)):
            schema.pack_into(Thing(a=1), buffer, offset)
    with pytest.raises(BufferError):
        schema.pack_into(Thing(a=1), b"x" * 200)
    assert buffer == b"x" * 200


def test_limits_of_the_pack_buffer():
    size = len(ms.Schema({"s": bytes}).pack(Object(s=b"x" * 1000)))
    for limit, fits in ((size - 1, False), (size, True), (size + 1, True)):
        schema = ms.Schema({"s": bytes}, pack_buffer_size=1, max_pack_buffer_size=limit)
        if fits:
            assert len(schema.pack(Object(s=b"x" * 1000))) == size
        else:
            with pytest.raises(ValueError, match="max_pack_buffer_size"):
                schema.pack(Object(s=b"x" * 1000))


@pytest.mark.parametrize("arguments, error", [
    (dict(slot_types=[("a", int)]), TypeError),
    (dict(slot_types={"a": 5}), TypeError),
    (dict(slot_types={"a": Object}), TypeError),
    (dict(slot_types={5: int}), TypeError),
    (dict(slot_types={"a b": int}), ValueError),
    (dict(slot_types={"__class__": int}), ValueError),
    (dict(slot_types={"a": int}, slot_keys=["a", "a"]), ValueError),
    (dict(slot_types={"a": int}, slot_keys=["b"]), ValueError),
    (dict(slot_types={"a": int}, alignment=3), ValueError),
    (dict(slot_types={"a": int}, alignment=4), ValueError),
    (dict(slot_types={"a": int}, pack_buffer_size=0), ValueError),
    (dict(slot_types={"a": int}, pack_buffer_size="1"), TypeError),
    (dict(slot_types={f"a{i}": int for i in range(65536)}), ValueError),
    (dict(slot_types={"a": int}, proxy_bases=(5,)), TypeError),
])
def test_bad_schemas(arguments, error):
    with pytest.raises(error):
        ms.Schema(**arguments)


def test_from_typed_slots_takes_classes_their_bases_and_dicts():
    class More(Thing):
        __slot_types__ = {"more": str}

    assert ms.Schema.from_typed_slots(More).slot_keys == (*Thing.__slot_types__, "more")
    assert ms.Schema.from_typed_slots({"a": int}).slot_keys == ("a",)
    with pytest.raises(TypeError, match="__slot_types__"):
        ms.Schema.from_typed_slots(Object)


def test_slot_keys_order_and_compatible():
    one = ms.Schema({"a": int, "b": str}, version=[1, "x"], user_data=object())
    assert one.compatible(ms.Schema({"a": int, "b": str}))
    assert not one.compatible(ms.Schema({"a": int, "b": str}, slot_keys=("b", "a")))
    assert not one.compatible(ms.Schema({"a": ms.int32, "b": str}))
    assert not one.compatible(ms.Schema({"a": int}))
    assert not one.compatible(5)
    assert one.compatible(ms.Schema.from_description(one.describe()))
    assert ms.Schema.from_description(one.describe()).version == [1, "x"]


def test_schemas_pickle():
    schema = ms.Schema({"a": int, "p": Point, "n": ms.Schema({"x": float})}, alignment=64,
                       version=3, user_data={"k": 1}, max_pack_buffer_size=5000)
    again = pickle.loads(pickle.dumps(schema))
    assert again.compatible(schema)
    assert (again.alignment, again.version, again.user_data, again.max_pack_buffer_size) == (
        64, 3, {"k": 1}, 5000)
    packed = schema.pack(Object(a=1, p=Point(1, 2), n=Object(x=0.5)))
    proxy = again.unpack(packed)
    assert (proxy.a, proxy.p.x, proxy.n.x) == (1, 1, 0.5)


def test_copies_of_proxies_of_a_registered_class_are_such_proxies():
    proxy = Point.__schema__.unpack(Point.__schema__.pack(Point(1, 2)))
    holder = ms.Schema({"o": object, "p": Point})
    for again in (pickle.loads(pickle.dumps(proxy)), copy.copy(proxy), copy.deepcopy(proxy)):
        assert again is not proxy and isinstance(again, Point.__schema__.Proxy)
        held = holder.unpack(holder.pack(Object(o=again, p=again)))
        assert (held.o.x, held.p.x) == (1, 1)
    own = ms.Schema({"x": int})
    proxy = own.unpack(own.pack(Object(x=1)))
    assert isinstance(copy.deepcopy([proxy])[0], own.Proxy)


def test_pickled_schemas_of_other_attributes_are_their_own():
    class Registered:
        pass

    first = ms.Schema({"x": int})
    ms.mapped_object.register_schema(Registered, first, 0xC0)
    pickled = pickle.dumps(first)
    assert pickle.loads(pickled) is first
    build, (cls, _, options, code) = first.__reduce__()
    other = build(cls, (("x", str),), options, code)
    assert other is not first and other.code is None and other.slot_types == {"x": str}


def test_proxies_pickle_with_what_they_hold():
    proxy = Thing.__schema__.unpack(Thing.__schema__.pack(Thing(a=1, where=Point(3, 4), l=[1, "x"])))
    again = pickle.loads(pickle.dumps(proxy))
    assert (again.a, again.where.x, again.l) == (1, 3, [1, "x"])
    with pytest.raises(TypeError, match="nowhere"):
        pickle.dumps(Thing.__schema__.Proxy())


def test_records_of_another_schema_are_refused():
    one, two = ms.Schema({"a": int}), ms.Schema({"a": int, "b": int})
    with pytest.raises(ms.CorruptError, match="no record of this Schema"):
        two.unpack(one.pack(Object(a=1)) + bytes(100))
    with pytest.raises(TypeError, match="attribute 'a'"):
        one.Proxy.a.__get__(two.Proxy())
    with pytest.raises(TypeError):
        one.Proxy.a.__get__(5)
    for offset in (-1, 10_000):
        with pytest.raises(ValueError):
            one.unpack_from(one.pack(Object(a=1)), offset)


def test_a_subclass_of_the_proxies_and_proxy_bases():
    class Norm:
        __slots__ = ()

        def norm(self):
            return abs(self.x) + abs(self.y)

    schema = ms.Schema({"x": int, "y": int}, proxy_bases=(Norm,))
    packed = schema.pack(Object(x=-3, y=4))
    before = schema.unpack(packed)
    assert before.norm() == 7
    schema.set_proxy_bases(())
    assert not hasattr(schema.unpack(packed), "norm")
    assert before.norm() == 7 and before.x == -3

    class Own(schema.Proxy):
        pass

    own = schema.unpack(packed, factory_class_new=lambda cls: Own())
    own.more = 1
    assert (type(own), own.x, own.more) == (Own, -3, 1)


def test_proxy_into_points_a_proxy_elsewhere():
    schema = ms.Schema({"a": int})
    proxy = schema.Proxy()
    assert not hasattr(proxy, "a")
    first, second = schema.pack(Object(a=1)), schema.pack(Object(a=2))
    assert schema.unpack(first, proxy_into=proxy) is proxy and proxy.a == 1
    assert schema.unpack_from(second, 0, proxy_into=proxy) is proxy and proxy.a == 2
    with pytest.raises(TypeError, match="proxy_into"):
        schema.unpack(first, proxy_into=ms.Schema({"a": int}).Proxy())
    with pytest.raises(ms.CorruptError):
        schema.unpack(bytes(100), proxy_into=proxy)
    assert proxy.a == 2
    first.append(1)  # nothing holds the first buffer any more
    with pytest.raises(BufferError):
        second.append(1)


def test_hooks_and_user_data():
    seen = []
    schema = ms.Schema(
        {"a": int}, user_data="mine",
        pre_write_hook=lambda obj: Object(a=obj.a + 1) if obj.a else None,
        post_write_hook=lambda obj, offset, size: seen.append((obj.a, offset, size)),
    )
    buffer = bytearray(100)
    end = schema.pack_into(Object(a=1), buffer, 16)
    assert schema.unpack_from(buffer, 16).a == 2 and seen == [(1, 16, end - 16)]
    assert schema.unpack(schema.pack(Object(a=0))).a == 0
    schema.set_hooks()
    assert schema.unpack(schema.pack(Object(a=1))).a == 1
    schema.set_hooks(pre_write_hook=lambda obj: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        schema.pack(Object(a=1))
    assert schema.user_data == "mine"


# ---- sharing ----


def test_what_occurs_twice_is_packed_once():
    schema = ms.Schema({"a": list, "b": list, "c": tuple})
    shared = list(range(1000))
    once = len(schema.pack(Object(a=shared)))
    both = schema.pack(Object(a=shared, b=shared))
    assert len(both) == once
    proxy = schema.unpack(both)
    assert proxy.a == proxy.b == shared
    # As another type it is other bytes.
    as_tuple = schema.unpack(schema.pack(Object(a=shared, c=shared)))
    assert (as_tuple.a, as_tuple.c) == (shared, tuple(shared))


def test_an_idmap_shares_within_a_buffer_and_nowhere_else():
    schema, idmap = Thing.__schema__, {}
    text = "a text of more than seven bytes" * 10
    one, two = bytearray(2000), bytearray(2000)
    end = schema.pack_into(Thing(s=text), one, 0, idmap)
    again = schema.pack_into(Thing(s=text), one, end, idmap)
    assert again - end < len(text)
    assert schema.unpack_from(one, end).s == text
    other = schema.pack_into(Thing(s=text), two, 0, idmap)
    assert other == end and schema.unpack(two).s == text


def test_an_idmap_keeps_objects_alive_so_that_ids_stay_theirs():
    schema, idmap, buffer = ms.Schema({"l": list}), ms.StrongIdMap(), bytearray(1 << 20)
    at, places = 0, []
    for i in range(200):
        places.append((at, i))
        at = schema.pack_into(Object(l=[i, i + 1]), buffer, at, idmap)
        gc.collect(0)
    for at, i in places:
        assert schema.unpack_from(buffer, at).l == [i, i + 1]
    assert len(idmap) >= 200
    idmap.clear()
    assert not idmap


def test_an_idmap_of_other_things_is_refused():
    class Full(dict):
        def __missing__(self, key):
            return 5

    with pytest.raises(TypeError, match="idmap"):
        Thing.__schema__.pack_into(Thing(s="a long text, longer than seven"), bytearray(500), 0, Full())


def test_reading_with_an_idmap_gives_the_same_objects():
    schema = ms.Schema({"a": list, "b": list})
    shared = [1, 2, 3]
    packed = bytes(schema.pack(Object(a=shared, b=shared)))
    proxy = schema.unpack(packed, idmap={})
    assert proxy.a is proxy.b
    proxy = schema.unpack(packed)
    assert proxy.a is not proxy.b and proxy.a == proxy.b


def test_an_idmap_of_two_buffers_gives_what_each_holds():
    schema, idmap = ms.Schema({"l": list, "t": str}), {}
    one, two = (bytes(schema.pack(Object(l=list(range(i, i + 3)), t=f"text {i}" * 5)))
                for i in (1, 5))
    proxies = [schema.unpack(packed, idmap) for packed in (one, two)]
    assert [(proxy.l, proxy.t) for proxy in proxies] == [
        ([1, 2, 3], "text 1" * 5), ([5, 6, 7], "text 5" * 5)]
    assert schema.unpack(one, idmap).l is proxies[0].l


def test_an_idmap_of_a_closed_mapping_gives_what_stands_there_now():
    schema, idmap = ms.Schema({"l": list}), {}
    for i in range(20):
        space = _mapped.Space(schema.pack(Object(l=[i, i + 1])))
        assert schema.unpack_from(space, idmap=idmap).l == [i, i + 1]
        space.close()


def test_reading_with_an_idmap_of_other_things_is_refused():
    class Full(dict):
        def __missing__(self, key):
            return 5

    proxy = Thing.__schema__.unpack(Thing.__schema__.pack(Thing(l=[1])), Full())
    with pytest.raises(TypeError, match="idmap"):
        proxy.l


def test_cycles():
    thing = Thing(a=1)
    thing.o = thing
    proxy = Thing.__schema__.unpack(Thing.__schema__.pack(thing))
    assert proxy.o.o.o.a == 1
    loop = [1]
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        Thing.__schema__.pack(Thing(l=loop))
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        Thing.__schema__.pack(Thing(l=deep))


def test_shared_values_that_expand_without_end_are_refused():
    deep = [1]
    for _ in range(64):
        deep = [deep, deep]
    packed = Thing.__schema__.pack(Thing(l=deep))
    with pytest.raises(ms.CorruptError, match="expand"):
        Thing.__schema__.unpack(packed).l
    lazy = ms.Schema({"l": ms.proxied_list})
    assert len(lazy.unpack(lazy.pack(Object(l=deep))).l[0][1][0]) == 2


# ---- run-time types ----


def test_registered_classes_are_values_everywhere():
    thing = Thing(o=[Point(1, 2), {"k": Point(3, 4)}], l=[Point(5, 6)], where=Point(7, 8))
    proxy = Thing.__schema__.unpack(Thing.__schema__.pack(thing))
    assert (proxy.o[0].x, proxy.o[1]["k"].y, proxy.l[0].x, proxy.where.y) == (1, 4.0, 5, 8.0)
    again = Thing.__schema__.unpack(Thing.__schema__.pack(proxy))
    assert (again.o[0].x, again.where.y) == (1, 8.0)


def test_register_subclass():
    class Sub(Point):
        pass

    class Stranger:
        x, y = 5, 6.0

    with pytest.raises(TypeError, match="cannot be packed"):
        round_trip(object, Stranger())
    ms.mapped_object.register_subclass(Sub, Point)
    ms.mapped_object.register_subclass(Stranger, Point)
    assert round_trip(object, Sub(1, 2)).x == 1
    assert round_trip(object, Stranger()).x == 5
    assert round_trip(Point, Stranger()).x == 5
    with pytest.raises(ValueError, match="not registered"):
        ms.mapped_object.register_subclass(Sub, Object)


@pytest.mark.parametrize("code, error", [
    ("", ValueError), ("ab", ValueError), (0x1F, ValueError), (256, ValueError), (-1, ValueError),
    (1.5, TypeError), (True, TypeError), ("\x05", ValueError), ("P", ValueError),
])
def test_bad_codes(code, error):
    with pytest.raises(error):
        ms.mapped_object.register_schema(Object, ms.Schema({"a": int}), code)


def test_codes_as_numbers():
    class New:
        a = 5

    schema = ms.Schema({"a": int})
    assert ms.mapped_object.register_schema(New, schema, 0xF0) == 0xF0
    assert schema.code == 0xF0 and round_trip(object, New()).a == 5
    with pytest.raises(ValueError, match="already"):
        ms.mapped_object.register_schema(New, schema, 0xF1)
    with pytest.raises(TypeError):
        ms.mapped_object.register_schema(New, 5, 0xF2)


def test_values_alone_at_an_offset():
    buffer = bytearray(1000)
    for cls, value in [
        (ms.mapped_list, [1, "x"]), (ms.mapped_tuple, (1, 2.5)), (ms.mapped_frozenset, frozenset("ab")),
        (ms.mapped_dict, {"a": 1}), (ms.mapped_bytes, b"bytes"), (ms.mapped_unicode, "text"),
        (ms.mapped_object, {"a": (1, None)}), (ms.proxied_list, [1, 2]), (ms.mapped_object, None),
    ]:
        end = cls.pack_into(value, buffer, 24)
        assert 24 < end <= 1000 and cls.unpack_from(buffer, 24) == value
    ms.mapped_list.pack_into([1], buffer, 0)
    with pytest.raises(ms.CorruptError):
        ms.mapped_dict.unpack_from(buffer, 0)
    with pytest.raises(ValueError):
        ms.mapped_list.pack_into([1] * 5000, buffer, 0)
    with pytest.raises(ValueError):
        ms.mapped_list.unpack_from(buffer, 995)


def test_many_schemas_leak_nothing():
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(50):
        schema = ms.Schema({"a": int, "n": ms.Schema({"x": str})})
        schema.unpack(schema.pack(Object(a=1, n=Object(x="y")))).n.x
    del schema
    gc.collect()
    assert len(gc.get_objects()) - before < 50
