"""Pictures of every kind come out upright, RGB and bounded."""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import DataError
from studio.domain.sample import ImageSource
from studio.services import pictures
from studio.services.pictures import MAX_FILE, load_picture, stored_picture


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


def test_a_palette_shows_its_colours() -> None:
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


@pytest.mark.parametrize("body", [b"", b"id,question\n1,What?\n", b"\x89PNG\r\n\x1a\n"])
def test_files_that_are_only_called_pictures(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(body)
    with pytest.raises(DataError, match=r"a\.png cannot be read: it is no picture"):
        load_picture(ImageSource(path=file))


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "a.png", "wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(DataError, match="larger than 256 MiB"):
        load_picture(ImageSource(path=tmp_path / "a.png"))


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF"])
def test_of_moving_pictures_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    found = pixel(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert found[0] > 200
    assert found[2] < 60


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "JPEG"), ("CMYK", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("I;16", "PNG")],
)
def test_large_pictures_are_scaled_down_and_stay_upright(mode: str, kind: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures, "KEPT_PIXELS", 20_000)
    ramp = np.tile(np.linspace(0, 255, 600).astype(np.uint8), (400, 1))
    image = (
        Image.fromarray(ramp.astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(ramp).convert(mode)
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    found = load_picture(encoded(image, kind, exif=exif))
    assert found.mode == "RGB"
    assert 19_000 < found.width * found.height <= 20_000
    assert found.height / found.width == pytest.approx(1.5, abs=0.02)
    down = np.asarray(found.convert("L")).mean(axis=1)
    assert np.abs(down - np.linspace(0, 255, found.height)).max() < 12


#: `ru_maxrss` would start from that of the process that started this one.
PEAK = """
import re, sys
from pathlib import Path
from studio.domain.sample import ImageSource
from studio.services.pictures import load_picture

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

load_picture(ImageSource(path=Path(sys.argv[2])))
before = peak()
found = load_picture(ImageSource(path=Path(sys.argv[1])))
print(peak() - before, *found.size)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_a_hundred_megapixels_take_bounded_memory(tmp_path: Path) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "small.jpg")
    Image.new("RGB", (12_000, 8_400), "teal").save(tmp_path / "large.jpg")
    files = [str(tmp_path / name) for name in ("large.jpg", "small.jpg")]
    done = subprocess.run([sys.executable, "-c", PEAK, *files], capture_output=True, text=True, check=True)
    peak, width, height = map(int, done.stdout.split())
    assert (width, height) == (4780, 3346)
    assert peak < 300, "decoded in full it takes 385 MiB for the pixels alone"
    assert done.stderr == ""


def test_stored_pictures_are_small_and_keep_colour_at_full_resolution() -> None:
    stored = stored_picture(Image.new("RGB", (3000, 1500), "teal"))
    assert (stored.width, stored.height) == (768, 384)
    with Image.open(io.BytesIO(stored.jpeg)) as again:
        assert again.size == (768, 384)
        assert {(h, v) for _, h, v, _ in again.layer} == {(1, 1)}
    assert stored.sha256 == hashlib.sha256(stored.jpeg).hexdigest()
    assert (stored_picture(Image.new("RGB", (5, 7))).width, stored.height) == (5, 384)
