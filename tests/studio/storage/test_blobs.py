"""Arrays survive the trip into a blob; a damaged blob never does."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from studio.domain.errors import NotAProjectError
from studio.storage.blobs import pack, unpack

TYPES = [np.uint8, np.uint16, np.uint32, np.int32, np.int64, np.float32, np.float64, np.bool_]
ARRAYS = st.lists(
    st.sampled_from(TYPES).flatmap(lambda t: hnp.arrays(t, hnp.array_shapes(min_dims=0, min_side=0))),
    max_size=5,
)


@given(ARRAYS, st.booleans())
def test_what_goes_in_comes_out(arrays, compress):
    found = unpack(pack(arrays, compress), len(arrays), "It")
    for before, after in zip(arrays, found, strict=True):
        np.testing.assert_array_equal(before, after)
        assert (before.dtype, before.shape) == (after.dtype, after.shape)


def test_big_endian_and_strided_arrays_are_stored_by_value():
    array = np.arange(12, dtype=">i4").reshape(3, 4)[:, ::2]
    np.testing.assert_array_equal(unpack(pack([array]), 1, "It")[0], array)


@pytest.mark.parametrize("compress", [True, False])
def test_no_flipped_bit_changes_a_value(compress):
    arrays = [np.arange(9, dtype=np.uint32), np.linspace(0, 1, 5)]
    blob = pack(arrays, compress)
    silent = 0
    for place in range(len(blob) * 8):
        broken = bytearray(blob)
        broken[place // 8] ^= 1 << place % 8
        try:
            found = unpack(bytes(broken), 2, "It")
        except NotAProjectError:
            continue
        assert all(np.array_equal(a, b) for a, b in zip(arrays, found, strict=True))
        silent += 1
    assert silent <= 8  # the bits that pad the last byte of a deflate stream mean nothing


def test_every_truncation_is_noticed():
    blob = pack([np.arange(9, dtype=np.uint32)])
    for end in range(len(blob)):
        with pytest.raises(NotAProjectError):
            unpack(blob[:end], 1, "It")


def test_another_count_of_arrays_is_noticed():
    with pytest.raises(NotAProjectError):
        unpack(pack([np.zeros(3)]), 2, "It")


def test_a_bomb_takes_no_memory():
    body = zlib.compress(b"\0" * 50_000_000, 9)
    bomb = struct.pack("<2sBBII", b"CS", 1, 1, 1000, 0) + body
    tracemalloc.start()
    with pytest.raises(NotAProjectError):
        unpack(bomb, 1, "It")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_shape_that_lies_is_noticed():
    raw = struct.pack("<BB3I", 9, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    blob = struct.pack("<2sBBII", b"CS", 1, 0, len(raw), zlib.crc32(raw)) + raw
    with pytest.raises(NotAProjectError):
        unpack(blob, 1, "It")
