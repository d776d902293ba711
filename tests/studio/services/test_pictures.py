"""Pictures of every kind come out upright, RGB and bounded."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import DataError
from studio.domain.sample import ImageSource
from studio.services.pictures import load_picture, stored_picture


def encoded(image: Image.Image, kind: str, **options: object) -> ImageSource:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return ImageSource(data=out.getvalue())


def pixel(source: ImageSource, x: int = 0, y: int = 0) -> tuple[int, ...]:
    image = load_picture(source)
    assert image.mode == "RGB"
    return image.getpixel((x, y))


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees clockwise
    found = load_picture(encoded(image, "PNG", exif=exif))
    assert found.size == (20, 40)
    assert found.getpixel((10, 5)) == (255, 0, 0)
    assert found.getpixel((10, 35)) == (0, 0, 255)


def test_transparency_is_laid_on_white() -> None:
    assert pixel(encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG")) == (255, 255, 255)
    assert pixel(encoded(Image.new("LA", (4, 4), (0, 0)), "PNG")) == (255, 255, 255)
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([9, 9, 9, 0, 255, 0])
    assert pixel(encoded(palette, "PNG", transparency=1)) == (255, 255, 255)
    assert pixel(encoded(palette, "PNG")) == (0, 255, 0)


def test_sixteen_bits_keep_their_brightness() -> None:
    values = np.full((4, 4), 32768, np.uint16)
    assert pixel(encoded(Image.fromarray(values), "PNG")) == (128, 128, 128)
    assert pixel(encoded(Image.fromarray(values), "TIFF")) == (128, 128, 128)


def test_cmyk_bilevel_float_and_animations() -> None:
    red = pixel(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95))
    assert red[0] > 230
    assert max(red[1:]) < 40
    assert pixel(encoded(Image.new("1", (4, 4), 1), "PNG")) == (255, 255, 255)
    assert pixel(encoded(Image.new("F", (4, 4), 0.5), "TIFF")) == (128, 128, 128)
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    assert pixel(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])) == (255, 0, 0)


def test_cut_off_missing_and_foreign_files_are_sentences(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    whole = encoded(Image.fromarray(noise), "JPEG").data or b""
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.jpg cannot be read"):
        load_picture(ImageSource(path=cut))
    with pytest.raises(DataError, match="missing"):
        load_picture(ImageSource(path=tmp_path / "none.png"))
    with pytest.raises(DataError, match="no picture"):
        load_picture(ImageSource(data=b"hello"))
    with pytest.raises(DataError):
        load_picture(ImageSource(path=tmp_path))
    with pytest.raises(DataError):
        load_picture(ImageSource())


def test_a_picture_bomb_meets_our_limit_before_it_is_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(DataError, match="million pixels"):
        load_picture(ImageSource(data=b"\x89PNG\r\n\x1a\n" + body))
    with pytest.raises(DataError, match="million pixels"):
        load_picture(encoded(Image.new("L", (2000, 1001)), "PNG"), max_pixels=2_000_000)


def test_stored_pictures_are_small_and_keep_colour_at_full_resolution() -> None:
    stored = stored_picture(Image.new("RGB", (3000, 1500), "teal"))
    assert (stored.width, stored.height) == (768, 384)
    with Image.open(io.BytesIO(stored.jpeg)) as again:
        assert again.size == (768, 384)
        assert {(h, v) for _, h, v, _ in again.layer} == {(1, 1)}
    assert stored.sha256 == hashlib.sha256(stored.jpeg).hexdigest()
    assert (stored_picture(Image.new("RGB", (5, 7))).width, stored.height) == (5, 384)
