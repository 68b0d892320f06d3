"""Picture files to 8-bit arrays and textures: PNG, JPEG, WebP, TIFF, BMP, EXR, also with 16 bits or a palette."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.model import Texture, Wrap

__all__ = [
    "IMAGE_SUFFIXES",
    "TextureReader",
    "decode_image",
    "decode_photo",
    "photo_files",
    "read_pixels",
    "resize_pixels",
    "shrink_pixels",
]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".tga"})
"""Files that `decode_image` reads by content."""

_REPEAT: tuple[Wrap, Wrap] = ("repeat", "repeat")

_DECODE_ERRORS = (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, struct.error, zlib.error, EOFError)
"""What Pillow's readers raise on broken files (SyntaxError is theirs, not Python's)."""


def decode_image(data: bytes, label: str) -> NDArray[np.uint8]:
    """Return the pixels of a picture file, uint8 (height, width, 1, 3 or 4), row 0 at the top.

    Sixteen-bit samples are rounded to eight. Palettes, CMYK and other colour models become RGB; grey stays one
    channel. Turns that a camera wrote into EXIF are not followed, as glTF demands (see `decode_photo`).

    Args:
        data: The whole file.
        label: Name for errors.

    Raises:
        AssetError: Not a picture, broken, truncated, or over Pillow's ``MAX_IMAGE_PIXELS``.
    """
    return _decode(data, label, turn=False)


def decode_photo(data: bytes, label: str, max_px: int) -> NDArray[np.uint8]:
    """Return a photo as uint8 RGB (height, width, 3), turned upright by its EXIF entry, at most `max_px` long.

    Raises:
        AssetError: As `decode_image`.
    """
    pixels = shrink_pixels(_decode(data, label, turn=True), max_px, is_srgb=True)
    rgb = pixels[..., :3] if pixels.shape[2] != 1 else np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(rgb)


def _decode(data: bytes, label: str, *, turn: bool) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice its limit and speaks of oddities in metadata that change no pixel.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                pixels = _uint8_pixels(ImageOps.exif_transpose(image) if turn else image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = Image.MAX_IMAGE_PIXELS
        raise AssetError(f"{label}: a picture must have at most {limit} pixels (PIL.Image.MAX_IMAGE_PIXELS)") from error
    except _DECODE_ERRORS as error:
        raise AssetError(f"{label}: must be a whole picture file that Pillow can read, got: {error}") from error
    return pixels


def _uint8_pixels(image: Any) -> NDArray[np.uint8]:
    mode: str = image.mode
    pixels: NDArray[np.uint8]
    if mode.startswith("I"):  # 16-bit grey in any byte order; 32-bit grey holds 16-bit samples in PNG
        pixels = np.clip((np.asarray(image).astype(np.int64) + 128) // 257, 0, 255).astype(np.uint8)
    elif mode == "F":
        pixels = np.rint(np.clip(np.nan_to_num(np.asarray(image)), 0, 1) * 255).astype(np.uint8)
    elif mode in {"1", "L"} and "transparency" not in image.info:
        pixels = np.array(image.convert("L"))
    elif mode in {"RGB", "RGBA"} and "transparency" not in image.info:
        pixels = np.array(image)
    else:
        transparent = "transparency" in image.info or mode in {"LA", "La", "PA", "RGBa"}
        pixels = np.array(image.convert("RGBA" if transparent else "RGB"))
    return pixels[..., None] if pixels.ndim == 2 else pixels


def shrink_pixels(pixels_hwc: NDArray[np.uint8], max_px: int, *, is_srgb: bool) -> NDArray[np.uint8]:
    """Return the picture area-averaged so that its longer side has at most `max_px` pixels; smaller ones unchanged.

    Colours are averaged as light, and by their alpha, so that what is cut away does not bleed into edges.

    Args:
        pixels_hwc: uint8 (height, width, 1, 3 or 4).
        max_px: Bound of the longer side, 1 and up.
        is_srgb: True where the colour channels are sRGB-encoded.
    """
    height, width = pixels_hwc.shape[:2]
    scale = max_px / max(height, width)
    if scale >= 1:
        return pixels_hwc
    return resize_pixels(pixels_hwc, (max(1, round(width * scale)), max(1, round(height * scale))), is_srgb=is_srgb)


def resize_pixels(pixels_hwc: NDArray[np.uint8], size_wh: tuple[int, int], *, is_srgb: bool) -> NDArray[np.uint8]:
    """Return the picture at another size: area average when smaller, bilinear when larger."""
    import cv2

    if (pixels_hwc.shape[1], pixels_hwc.shape[0]) == size_wh:
        return pixels_hwc
    smaller = size_wh[0] <= pixels_hwc.shape[1] and size_wh[1] <= pixels_hwc.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    channels = pixels_hwc.shape[2]
    colours = 3 if channels >= 3 else 1
    table = _LINEAR_FROM_SRGB if is_srgb else _FLOAT_FROM_BYTE
    light = table[pixels_hwc[..., :colours]]
    if channels == 4:
        alpha = pixels_hwc[..., 3].astype(np.float32)
        weighted = cv2.resize(light * alpha[..., None], size_wh, interpolation=method)
        small_alpha = cv2.resize(alpha, size_wh, interpolation=method)
        plain = cv2.resize(light, size_wh, interpolation=method)
        visible = small_alpha > 0.5
        light = np.where(visible[..., None], weighted / np.maximum(small_alpha, 0.5)[..., None], plain)
    else:
        light = cv2.resize(light, size_wh, interpolation=method).reshape(size_wh[1], size_wh[0], colours)
    result = _bytes_from_light(light, is_srgb)
    if channels == 4:
        result = np.concatenate([result, np.rint(small_alpha).astype(np.uint8)[..., None]], axis=2)
    return result


def _linear_table() -> NDArray[np.float32]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR_FROM_SRGB = _linear_table()
_FLOAT_FROM_BYTE = (np.arange(256) / 255).astype(np.float32)


def _bytes_from_light(light: NDArray[np.float32], is_srgb: bool) -> NDArray[np.uint8]:
    if not is_srgb:
        return np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8)
    # Sixteen-bit steps are finer than the finest step of the 8-bit curve near black (1/12.92 of 1/255).
    steps = np.arange(65536) / 65535
    encoded = np.where(steps <= 0.0031308, steps * 12.92, 1.055 * steps ** (1 / 2.4) - 0.055)
    table = np.rint(encoded * 255).astype(np.uint8)
    coded: NDArray[np.uint8] = table[np.rint(np.clip(light, 0, 1) * 65535).astype(np.uint16)]
    return coded


class TextureReader:
    """Makes textures of picture files and makes each only once.

    Args:
        max_px: Longer side that pictures are averaged down to.
        known: Returns the texture of a key that is already in memory, or None.
    """

    def __init__(self, max_px: int = 1024, known: Callable[[str], Texture | None] | None = None) -> None:
        self.max_px = max_px
        self._known = known
        self._made: dict[str, Texture] = {}

    def read(
        self,
        data: bytes,
        label: str,
        *,
        is_srgb: bool,
        wrap_uv: tuple[Wrap, Wrap] = _REPEAT,
        channels: int = 3,
        convert: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None,
        convert_name: str = "",
    ) -> Texture:
        """Return the texture of a picture file; its key follows from the bytes and from everything done to them.

        Args:
            data: The whole file.
            label: Name for errors.
            is_srgb: Whether the colour channels are sRGB-encoded.
            wrap_uv: What happens outside 0..1.
            channels: 3 gives RGB, 4 gives RGBA where the file has alpha and RGB elsewhere, 1 gives the first channel.
            convert: Applied to the pixels last.
            convert_name: Names what `convert` does; part of the key.

        Raises:
            AssetError: The picture cannot be read.
        """
        digest = hashlib.sha256(data).hexdigest()[:32]
        options = (self.max_px, "srgb" if is_srgb else "data", *wrap_uv, channels, convert_name)
        key = f"{digest}:{':'.join(str(option) for option in options)}"
        return self._once(key, is_srgb, wrap_uv, lambda: self._pixels(data, label, is_srgb, channels, convert))

    def from_pixels(
        self, pixels_hwc: NDArray[np.uint8], *, is_srgb: bool, wrap_uv: tuple[Wrap, Wrap] = _REPEAT
    ) -> Texture:
        """Return the texture of pixels in memory, shrunk like those of files."""
        small = np.ascontiguousarray(shrink_pixels(pixels_hwc, self.max_px, is_srgb=is_srgb))
        digest = hashlib.sha256(small.tobytes()).hexdigest()[:32]
        shape = "x".join(str(length) for length in small.shape)
        key = f"{digest}:{shape}:{'srgb' if is_srgb else 'data'}:{wrap_uv[0]}:{wrap_uv[1]}"
        return self._once(key, is_srgb, wrap_uv, lambda: small)

    def _once(
        self, key: str, is_srgb: bool, wrap_uv: tuple[Wrap, Wrap], make: Callable[[], NDArray[np.uint8]]
    ) -> Texture:
        texture = self._made.get(key) or (self._known(key) if self._known else None)
        if texture is None:
            texture = Texture(key=key, pixels_hwc=make(), is_srgb=is_srgb, wrap_uv=wrap_uv)
        self._made[key] = texture
        return texture

    def _pixels(
        self,
        data: bytes,
        label: str,
        is_srgb: bool,
        channels: int,
        convert: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None,
    ) -> NDArray[np.uint8]:
        pixels = shrink_pixels(read_pixels(data, label), self.max_px, is_srgb=is_srgb)
        if channels == 1:
            pixels = pixels[..., :1]
        elif pixels.shape[2] == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        elif channels == 3 or (pixels[..., 3:] == 255).all():
            pixels = pixels[..., :3]
        return np.ascontiguousarray(convert(pixels) if convert else pixels)


def read_pixels(data: bytes, label: str) -> NDArray[np.uint8]:
    """Return the pixels of a picture file like `decode_image`; EXR files (data maps, 0..1) are read too."""
    if data[:4] == b"\x76\x2f\x31\x01":
        from synthvision.library.environments import decode_exr

        values = decode_exr(data, label)
        return np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
    return decode_image(data, label)


def photo_files(folder: Path) -> tuple[Path, ...]:
    """Return the picture files of a folder and of its sub-folders, sorted; hidden ones are left out."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())
    shown = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return tuple(sorted(shown))
