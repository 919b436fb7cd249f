"""Classes that tests pack; in a module, so that other processes can import them."""

import datetime
import decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from libshm import mapped_struct as ms

settings.register_profile("mapped", deadline=None, max_examples=60,
                          suppress_health_check=list(HealthCheck))
settings.load_profile("mapped")


class Object:
    """Attributes as they are given; others are missing."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


class Point:
    __slot_types__ = {"x": ms.int32, "y": ms.float64}
    __slots__ = tuple(__slot_types__)
    __schema__ = ms.Schema.from_typed_slots(__slot_types__)

    def __init__(self, x=0, y=0.0):
        self.x = x
        self.y = y


ms.mapped_object.register_schema(Point, Point.__schema__, "P")


class Thing:
    __slot_types__ = {
        "a": int, "b": float, "s": str, "u": bytes, "fset": frozenset, "l": list, "o": object,
        "where": Point, "n": ms.uint64,
    }
    __slots__ = tuple(__slot_types__)

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, value)


Thing.__schema__ = ms.Schema.from_typed_slots(Thing)
ms.mapped_object.register_schema(Thing, Thing.__schema__, "T")


class Things(ms.MappedArrayProxyBase):
    schema = Thing.__schema__


class ThingsByName(ms.MappedMappingProxyBase):
    IdMapper = ms.StringIdMapper
    ValueArray = Things


class ThingsById(ms.MappedMappingProxyBase):
    IdMapper = ms.NumericIdMapper
    ValueArray = Things


class AllThingsByName(ms.MappedMultiMappingProxyBase):
    IdMapper = ms.StringIdMultiMapper
    ValueArray = Things


class Counter:
    __slot_types__ = {"n": ms.int64, "small": ms.uint8, "f": float, "s": str, "none": ms.int32}
    __schema__ = ms.Schema.from_typed_slots(__slot_types__)

    def __init__(self):
        self.n = 0
        self.small = 0
        self.f = 0.0
        self.s = "text"
        self.none = None


class Counters(ms.MappedArrayProxyBase):
    schema = Counter.__schema__


class CountersById(ms.MappedMappingProxyBase):
    IdMapper = ms.NumericIdMapper
    ValueArray = Counters


def round_trip(slot_type, value):
    """What becomes of a value in an attribute of the type."""
    schema = ms.Schema({"v": slot_type})
    return schema.unpack(bytes(schema.pack(Object(v=value)))).v


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FLOATS = st.floats(allow_nan=False)
DATETIMES = st.datetimes(timezones=st.none() | st.just(datetime.timezone.utc))
HASHABLES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FLOATS | TEXTS
    | st.binary(max_size=20) | st.dates() | DATETIMES
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(complex, FLOATS, FLOATS),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
VALUES = st.recursive(
    HASHABLES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(HASHABLES, inner, max_size=4),
    max_leaves=10,
)

assert decimal.getcontext().prec >= 28
