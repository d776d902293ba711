"""NumPy arrays as one blob: a versioned header with size and checksum, then little-endian arrays.

Layout (little-endian): b"CS", version u8, packing u8 (0 raw, 1 zlib), raw size u32, CRC-32 of the raw bytes
u32; then per array: dtype code u8, dimensions u8, shape u32 each, data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.domain.errors import NotAProjectError

Array = NDArray[Any]
VERSION = 1
_HEAD = struct.Struct("<2sBBII")
_TYPES = ("|u1", "<u2", "<u4", "<u8", "|i1", "<i2", "<i4", "<i8", "<f4", "<f8", "|b1")
_CODES = {np.dtype(name): code for code, name in enumerate(_TYPES)}
#: More than any real blob holds; a damaged or hostile size is refused before memory is taken.
MAX_RAW = 256 * 1024 * 1024


def pack(arrays: Sequence[Array], compress: bool = True) -> bytes:
    """One blob from several arrays of integers, floats or booleans."""
    raw = b"".join(_pack_one(array) for array in arrays)
    if len(raw) > MAX_RAW:
        raise ValueError(f"{len(raw)} bytes are more than a blob may hold")
    body = zlib.compress(raw, 1) if compress else raw
    packing = int(len(body) < len(raw))
    head = _HEAD.pack(b"CS", VERSION, packing, len(raw), zlib.crc32(raw))
    return head + (body if packing else raw)


def unpack(blob: bytes, count: int, what: str, first: int | None = None) -> list[Array]:
    """The `count` arrays of a blob, read-only, or the `first` of them. `what` names it in the sentence of
    `NotAProjectError`; the checksum is compared in any case."""
    try:
        arrays = list(islice(_unpack_all(memoryview(_raw(blob))), first))
    except (struct.error, ValueError, zlib.error, IndexError) as error:
        raise damaged(what) from error
    if len(arrays) != (count if first is None else first):
        raise damaged(what)
    return arrays


def damaged(what: str) -> NotAProjectError:
    """The sentence for something in the file that cannot be read."""
    return NotAProjectError(f"{what} is damaged in this file. Open a backup, or run the step again.")


def inflate(body: bytes, most: int) -> bytes:
    """What zlib packed, whole and at most `most` bytes. Raises ValueError or zlib.error otherwise."""
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(body, most + 1)
    if not unpacker.eof or unpacker.unused_data or len(raw) > most:
        raise ValueError("cut off, too long, or followed by something")
    return raw


def _raw(blob: bytes) -> bytes:
    magic, version, packing, size, checksum = _HEAD.unpack_from(blob)
    if magic != b"CS" or version != VERSION or packing > 1 or size > MAX_RAW:
        raise ValueError("unknown header")
    body = blob[_HEAD.size :]
    raw = inflate(body, size) if packing else body
    if len(raw) != size or zlib.crc32(raw) != checksum:
        raise ValueError("wrong size or checksum")
    return raw


def _pack_one(array: Array) -> bytes:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    code = _CODES[little.dtype]
    return struct.pack(f"<BB{array.ndim}I", code, array.ndim, *array.shape) + little.tobytes()


def _unpack_all(raw: memoryview) -> Any:
    at = 0
    while at < len(raw):
        code, dimensions = struct.unpack_from("<BB", raw, at)
        shape = struct.unpack_from(f"<{dimensions}I", raw, at + 2)
        at += 2 + 4 * dimensions
        dtype = np.dtype(_TYPES[code])
        count = 1
        for side in shape:
            count *= side
        end = at + count * dtype.itemsize
        if end > len(raw):
            raise ValueError("array longer than the blob")
        yield np.frombuffer(raw, dtype, count, at).reshape(shape)
        at = end
