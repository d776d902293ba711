"""Reading pictures of any kind to RGB, and the JPEGs a project keeps."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.domain.errors import DataError
from studio.domain.sample import ImageSource

if TYPE_CHECKING:
    from PIL import Image

#: Largest picture that is decoded, in pixels; Pillow itself only warns, at 89 million. It takes up to 4 bytes
#: a pixel while it is.
MAX_PIXELS = 128_000_000
#: Larger ones are scaled down to this at once: more than any model looks at (Qwen2-VL: 12.8 million), and
#: samples under way hold many pictures.
KEPT_PIXELS = 16_000_000
#: Modes that take 8 bytes a pixel on their way to eight bits.
DEEP_LIMIT = 64_000_000
MAX_FILE = 256 * 1024 * 1024
STORED_EDGE = 768
QUALITY = 90


def load_picture(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture as people see it: upright, first frame, on white where it is transparent; mode RGB.

    One of more than `KEPT_PIXELS` is scaled down to that. Raises `DataError` when the file is missing,
    damaged, cut off, no picture, or larger than `max_pixels` (of 16 bits or more a channel: `DEEP_LIMIT`).
    """
    from PIL import Image, ImageOps

    name = source.path.name if source.path else "a picture"
    try:
        with _opened(_stream(source, name)) as image:
            _check_size(image, name, min(max_pixels, DEEP_LIMIT) if _deep(image) else max_pixels)
            image.seek(0)
            return _rgb(ImageOps.exif_transpose(_within(image, KEPT_PIXELS)))
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"The picture {name} is missing.") from None
    except Image.DecompressionBombError:
        raise _too_large(name, max_pixels) from None
    except MemoryError:
        raise DataError(f"There is not enough memory to read the picture {name}.") from None
    except Exception as error:  # Pillow's decoders raise whatever they meet
        raise DataError(f"The picture {name} cannot be read: {_reason(error)}.") from error


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A JPEG for the project: bytes, its size in pixels, and the SHA-256 of the bytes in hex."""

    jpeg: bytes
    width: int
    height: int
    sha256: str


def stored_picture(image: Image.Image) -> StoredPicture:
    """The picture within `STORED_EDGE` pixels, never enlarged, as JPEG 4:4:4."""
    from PIL import Image as Pillow

    small = image.copy()
    small.thumbnail((STORED_EDGE, STORED_EDGE), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY, subsampling=0)
    jpeg = out.getvalue()
    return StoredPicture(jpeg, small.width, small.height, hashlib.sha256(jpeg).hexdigest())


def _stream(source: ImageSource, name: str) -> io.BytesIO:
    if source.data is not None:
        return io.BytesIO(source.data)
    if source.path is None:
        raise DataError("A sample names a picture but has neither a file nor bytes for it.")
    if not source.path.is_file():
        raise FileNotFoundError(source.path)
    if source.path.stat().st_size > MAX_FILE:
        raise DataError(f"The file {name} is larger than {MAX_FILE // 2**20} MiB. Scale the picture down.")
    return io.BytesIO(source.path.read_bytes())


def _opened(stream: io.BytesIO) -> Image.Image:
    """Pillow's own warning is not told: `_check_size` has the say."""
    from PIL import Image as Pillow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        return Pillow.open(stream)


def _deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _within(image: Image.Image, pixels: int) -> Image.Image:
    """The decoded picture, of no more than so many pixels. A JPEG is not even decoded at its full size."""
    share = (pixels / (image.width * image.height)) ** 0.5
    if share >= 1:
        image.load()
        return image
    size = max(1, int(image.width * share)), max(1, int(image.height * share))
    image.draft(None, size)
    image.load()
    exif = image.getexif()
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small = image.resize(size, reducing_gap=2.0)
    small.info["exif"] = exif.tobytes()
    return small


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise _too_large(name, max_pixels)
    if not image.width or not image.height:
        raise DataError(f"The picture {name} is empty.")


def _too_large(name: str, max_pixels: int) -> DataError:
    limit = max_pixels / 1e6
    return DataError(f"The picture {name} has more than {limit:.0f} million pixels. Scale it down.")


def _rgb(image: Image.Image) -> Image.Image:
    """Sixteen bits are scaled to eight, palettes and CMYK converted, transparency laid on white."""
    from PIL import Image as Pillow

    if _deep(image):
        image = _eight_bits(image)
    if image.has_transparency_data:
        over = image.convert("RGBA")
        image = Pillow.alpha_composite(Pillow.new("RGBA", over.size, "white"), over)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    import numpy as np
    from PIL import Image as Pillow

    values = np.asarray(image).astype(np.float64)
    highest = float(values.max(initial=0))
    # Integers are taken as 16-bit unless they go no further than 255; floats in 0..1 as such.
    full = 1.0 if image.mode == "F" and highest <= 1 else 255.0 if highest <= 255 else max(65535.0, highest)
    if image.mode.startswith("I;16"):
        full = 65535.0
    return Pillow.fromarray(np.clip(values / full * 255 + 0.5, 0, 255).astype(np.uint8), "L")


def _reason(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    if "cannot identify image file" in text:
        return "it is no picture, or of a kind that is not supported"
    return text or type(error).__name__
