"""Picture files of every kind to 8-bit textures."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import AssetError
from synthvision.core.id_colours import linear_from_srgb8
from synthvision.core.streams import rng_for
from synthvision.library.images import TextureReader, decode_image, decode_photo, resize_pixels, shrink_pixels


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


GRADIENT = np.stack(np.meshgrid(np.arange(0, 64), np.arange(100, 148), indexing="xy"), axis=-1)
RGB = np.concatenate([GRADIENT, np.full((48, 64, 1), 200)], axis=2).astype(np.uint8)


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("BMP", {})])
def test_lossless_files_come_back_exactly(kind, options):
    pixels = decode_image(encoded(Image.fromarray(RGB), kind, **options), "x")
    np.testing.assert_array_equal(pixels, RGB)


def test_jpeg_comes_back_nearly():
    pixels = decode_image(encoded(Image.fromarray(RGB), "JPEG", quality=95), "x")
    assert np.abs(pixels.astype(int) - RGB).max() < 12


def test_sixteen_bits_are_rounded_to_eight():
    values = np.array([[0, 128, 257, 32896, 65535]], np.uint16)
    grey = cv2.imencode(".png", values)[1].tobytes()
    assert decode_image(grey, "x")[0, :, 0].tolist() == [0, 0, 1, 128, 255]
    colour = np.repeat(np.array([[0, 257 * 77, 65535]], np.uint16)[..., None], 3, axis=2)
    for suffix in (".png", ".tif"):
        assert decode_image(cv2.imencode(suffix, colour)[1].tobytes(), "x")[0, :, 1].tolist() == [0, 77, 255]


def test_palettes_keep_their_transparency():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert decode_image(encoded(image, "PNG"), "x").tolist() == [[[10, 20, 30], [40, 50, 60]]]
    clear = encoded(image, "PNG", transparency=1)
    assert decode_image(clear, "x")[0, :, 3].tolist() == [255, 0]


def test_grey_stays_one_channel_and_becomes_rgb_as_texture():
    data = encoded(Image.fromarray(RGB[..., 0]), "PNG")
    assert decode_image(data, "x").shape == (48, 64, 1)
    assert TextureReader().read(data, "x", is_srgb=True).pixels_hwc.shape == (48, 64, 3)
    assert TextureReader().read(data, "x", is_srgb=False, channels=1).pixels_hwc.shape == (48, 64, 1)


def test_photos_are_turned_upright_and_textures_are_not():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    data = encoded(Image.fromarray(RGB), "PNG", exif=exif)
    assert decode_image(data, "x").shape[:2] == (48, 64)
    assert decode_photo(data, "x", 1000).shape == (64, 48, 3)
    assert decode_photo(data, "x", 32).shape == (32, 24, 3)


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.95])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_truncated_pictures_are_one_clear_error(kind, keep):
    noise = rng_for(0, 0, "test.picture").integers(0, 256, (64, 48, 3)).astype(np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    cut = data[: int(keep * len(data)) if keep < 1 else keep]
    with pytest.raises(AssetError, match=r"lost\.img: must be a whole picture"):
        decode_image(cut, "lost.img")


def test_averaging_keeps_the_light():
    """Half black, half white is half the light, which sRGB writes as 188, not 128; data are averaged as they are."""
    checks = np.zeros((8, 8, 3), np.uint8)
    checks[::2, ::2] = checks[1::2, 1::2] = 255
    small = shrink_pixels(checks, 4, is_srgb=True)
    assert small.shape == (4, 4, 3)
    assert np.unique(small).tolist() == [188]
    assert np.unique(shrink_pixels(checks, 4, is_srgb=False)).tolist() == [128]
    light = linear_from_srgb8(RGB).mean(axis=(0, 1))
    small = linear_from_srgb8(shrink_pixels(RGB, 16, is_srgb=True)).mean(axis=(0, 1))
    np.testing.assert_allclose(small, light, rtol=0.03)  # dark values have coarse steps


def test_cut_away_texels_do_not_bleed():
    leaf = np.zeros((4, 4, 4), np.uint8)
    leaf[:, ::2] = (0, 200, 0, 255)
    leaf[:, 1::2] = (255, 255, 255, 0)
    small = shrink_pixels(leaf, 2, is_srgb=True)
    assert small[..., 3].tolist() == [[128, 128], [128, 128]]
    assert small[0, 0, :3].tolist() == [0, 200, 0]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_resizing_keeps_channels(channels):
    pixels = np.full((5, 7, channels), 90, np.uint8)
    for size in ((3, 2), (14, 10), (7, 2)):
        resized = resize_pixels(pixels, size, is_srgb=True)
        assert resized.shape == (size[1], size[0], channels)
        assert np.unique(resized).tolist() == [90]


def test_equal_bytes_give_one_texture_and_other_uses_give_another():
    data = encoded(Image.fromarray(RGB), "PNG")
    reader = TextureReader()
    first = reader.read(data, "a", is_srgb=True)
    assert reader.read(data, "b", is_srgb=True) is first
    assert reader.read(data, "a", is_srgb=False).key != first.key
    assert reader.read(data, "a", is_srgb=True, wrap_uv=("clamp", "repeat")).key != first.key
    assert TextureReader(max_px=16).read(data, "a", is_srgb=True).key != first.key
    known = TextureReader(known={first.key: first}.get).read(b"".join([data]), "c", is_srgb=True)
    assert known is first
