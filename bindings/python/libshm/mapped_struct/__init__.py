"""Typed objects packed into buffers and files, and read there in place by every process.

The names and the behaviour of sharedbuffers 1.2; docs/mapped_struct.md says what differs.
"""

from libshm._libshm import mapped as _mapped
from libshm.errors import CorruptError
from libshm.mapped_struct import pool
from libshm.mapped_struct._array import MappedArrayProxyBase
from libshm.mapped_struct._files import GenericFileMapper, GenericProxyFileMapper
from libshm.mapped_struct._mapper import (
    ApproxStringId32MultiMapper,
    ApproxStringIdMultiMapper,
    NumericId32Mapper,
    NumericId32MultiMapper,
    NumericIdMapper,
    NumericIdMultiMapper,
    ObjectId32Mapper,
    ObjectId32MultiMapper,
    ObjectIdMapper,
    ObjectIdMultiMapper,
    StringId32Mapper,
    StringId32MultiMapper,
    StringIdMapper,
    StringIdMultiMapper,
)
from libshm.mapped_struct._mapping import MappedMappingProxyBase, MappedMultiMappingProxyBase
from libshm.mapped_struct._schema import BufferProxyObject, Schema
from libshm.mapped_struct._values import (
    byte,
    double,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    mapped_buffer,
    mapped_bytes,
    mapped_date,
    mapped_datetime,
    mapped_datetime_local,
    mapped_datetime_tz,
    mapped_datetime_tz_local,
    mapped_datetime_utc,
    mapped_decimal,
    mapped_dict,
    mapped_frozenset,
    mapped_list,
    mapped_ndarray,
    mapped_object,
    mapped_tuple,
    mapped_unicode,
    proxied_buffer,
    proxied_dict,
    proxied_frozenset,
    proxied_list,
    proxied_ndarray,
    proxied_tuple,
    short,
    ubyte,
    uint8,
    uint16,
    uint32,
    uint64,
    ushort,
)
from libshm.mapped_struct.idmap import StrongIdMap
from libshm.mapped_struct.pool import TemporaryObjectPool

bsearch = _mapped.bsearch
hinted_bsearch = _mapped.hinted_bsearch
sorted_contains = _mapped.sorted_contains
index_merge = _mapped.index_merge

__all__ = [name for name in dir() if not name.startswith("_")]
