"""Uses that reached memory which was not theirs: offsets, classes, registrations, and code that a
collection runs in the middle of a use."""

import gc
import itertools
import struct
import weakref

import pytest

from libshm import mapped_struct as ms
from libshm._libshm import mapped as _mapped
from things import Object, Point, Thing, Things


# ---- offsets ----


@pytest.mark.parametrize("offset", [2**64 - 64, 2**64 - 8, 2**64, 2**63, 2**63 - 1, 2**63 - 200,
                                    10**30, 1000, 960, -8])
def test_offsets_beyond_the_buffer_are_refused(offset):
    buffer = bytearray(b"x" * 1000)
    for pack_into in (Thing.__schema__.pack_into, ms.mapped_object.pack_into):
        with pytest.raises((ValueError, OverflowError)):
            pack_into(Thing(s="x" * 100), buffer, offset)
    assert buffer == b"x" * 1000


# ---- classes ----


def test_a_record_of_a_changed_class_has_no_attributes():
    small, large = ms.Schema({"x": int}), ms.Schema({f"a{i}": int for i in range(6000)})
    proxy = small.unpack(small.pack(Object(x=1)))
    try:
        proxy.__class__ = large.Proxy
    except TypeError:
        return
    for use in (lambda: proxy.a5999, lambda: large.pack(proxy), lambda: repr(proxy),
                lambda: large.Proxy.a5999.add(proxy, 1)):
        with pytest.raises(TypeError):
            use()
    proxy.__class__ = small.Proxy
    assert proxy.x == 1


# ---- registrations ----


@pytest.mark.parametrize("as_subclass", [False, True])
def test_objects_packed_by_a_schema_that_was_replaced_can_be_read(as_subclass):
    class One:
        x = 5

    class Other:
        x = 6

    codes = (0xD0, 0xD1) if as_subclass else (0xD2, 0xD3)
    first, second = ms.Schema({"x": int}), ms.Schema({"x": int})
    holder = ms.Schema({"o": object})
    ms.mapped_object.register_schema(One, first, codes[0])
    packed = bytes(holder.pack(Object(o=One())))
    if as_subclass:
        ms.mapped_object.register_schema(Other, second, codes[1])
        ms.mapped_object.register_subclass(One, Other)
    else:
        ms.mapped_object.register_schema(One, second, codes[1])
    alive = weakref.ref(first)
    del first
    gc.collect()
    assert alive() is _mapped.registered(codes[0])
    assert holder.unpack(packed).o.x == 5
    assert isinstance(holder.unpack(holder.pack(Object(o=One()))).o, second.Proxy)


# ---- forged headers ----


@pytest.mark.parametrize("count", [2**63 + 5, 2**62, 3])
def test_a_mapper_of_more_keys_than_slots_is_corrupt(count):
    data = bytearray(ms.NumericIdMapper.build([(1, 2)])._space.window())
    assert len(ms.NumericIdMapper.map_buffer(bytes(data))) == 1
    struct.pack_into("<Q", data, 24, count)
    struct.pack_into("<Q", data, 120, _mapped.bytes_sum(bytes(data[:120])))
    with pytest.raises(ms.CorruptError, match="more keys"):
        ms.NumericIdMapper.map_buffer(bytes(data))


# ---- iterators that a collection exhausts ----


def iterators():
    numbers = ms.NumericIdMultiMapper.build((i % 3, i) for i in range(30))
    schema = ms.Schema({"l": ms.proxied_list})
    nested = schema.unpack(schema.pack(Object(l=[[1, 2], (3, 4), {"a": 1}] * 5))).l
    things = [Thing(a=i, s=f"thing {i}") for i in range(9)]
    yield numbers.iteritems()
    yield iter(nested)
    yield iter(Things.build(things))
    yield Things.build(things).iter_fast()


@pytest.mark.parametrize("which, at", list(itertools.product(range(4), (1, 2, 3))))
def test_an_iterator_that_is_exhausted_while_it_answers(which, at):
    iterator = next(itertools.islice(iterators(), which, None))
    held, begun = [], 0

    def exhaust(phase, info):
        nonlocal begun
        begun += phase == "start"
        if phase == "start" and begun >= at:
            gc.disable()
            list(iterator)
            held.extend(bytearray(b"\xff" * size) for size in range(16, 400, 8) for _ in range(20))

    thresholds = gc.get_threshold()
    gc.collect()
    gc.callbacks.append(exhaust)
    gc.set_threshold(1, 1, 1)
    try:
        for _ in iterator:
            pass
    finally:
        gc.callbacks.remove(exhaust)
        gc.set_threshold(*thresholds)
        gc.enable()
    assert next(iterator, None) is None


# ---- cycles through an idmap ----


def test_a_record_in_the_idmap_that_it_was_read_with_is_collected():
    schema = ms.Schema({"o": object, "l": list})
    packed = schema.pack(Object(o=Point(1, 2), l=[Point(3, 4)]))
    idmap = {}
    proxy = schema.unpack(packed, idmap=idmap)
    assert proxy.o is proxy.o and proxy.o.x == 1 and proxy.l[0] is proxy.l[0]
    del proxy, idmap
    with pytest.raises(BufferError):
        packed.extend(b"x")
    gc.collect()
    packed.extend(b"x")


def test_only_records_that_hold_objects_are_known_to_the_collector():
    packed = Point.__schema__.pack(Point(1, 2))

    class Own(Point.__schema__.Proxy):
        pass

    assert not gc.is_tracked(Point.__schema__.unpack(packed))
    assert gc.is_tracked(Point.__schema__.unpack(packed, idmap={}))
    own = Own()
    own.itself = own
    gone = weakref.ref(own)
    del own
    gc.collect()
    assert gone() is None
