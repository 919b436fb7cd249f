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
