"""Environment maps: orientation, exact values, repairs, damage."""

from __future__ import annotations

import cv2
import numpy as np
import OpenEXR
import pytest

from synthvision.core.errors import AssetError
from synthvision.library.environments import read_environment


def sky(width: int = 64) -> np.ndarray:
    """A different colour in each direction: red grows to the right, green grows downwards, one strong sun."""
    height = width // 2
    light = np.zeros((height, width, 3), np.float32)
    light[..., 0] = np.linspace(0.1, 1, width)[None]
    light[..., 1] = np.linspace(0.1, 1, height)[:, None]
    light[..., 2] = 0.25
    light[height // 4, width // 4] = 60_000
    return light


def write_hdr(path, light):
    assert cv2.imwrite(str(path), light[..., ::-1])
    return path


def write_exr(path, light, channels=None, half=False):
    pixels = light.astype(np.float16) if half else light
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, channels or {"RGB": np.ascontiguousarray(pixels)}) as file:
        file.write(str(path))
    return path


@pytest.mark.parametrize(("write", "suffix", "tolerance"), [(write_hdr, ".hdr", 0.01), (write_exr, ".exr", 0)])
def test_rows_columns_colours_and_the_sun_stay_where_they_are(tmp_path, write, suffix, tolerance):
    light = sky()
    found, notes = read_environment(write(tmp_path / f"sky{suffix}", light))
    assert notes == ()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, light, rtol=tolerance, atol=tolerance)
    assert np.unravel_index(found[..., 0].argmax(), found.shape[:2]) == (8, 16)


def test_wide_maps_are_averaged_and_keep_their_energy(tmp_path):
    light = sky(128)
    found, notes = read_environment(write_exr(tmp_path / "sky.exr", light), max_width=32)
    assert found.shape == (16, 32, 3)
    np.testing.assert_allclose(found.mean(axis=(0, 1)), light.mean(axis=(0, 1)), rtol=1e-4)
    assert notes == ("averaged from 128 to 32 pixels width",)


def test_half_float_overflow_and_noise_below_zero_are_repaired_by_name(tmp_path):
    light = sky()
    light[0, 0] = -0.001
    light[8, 16] = np.inf
    found, notes = read_environment(write_exr(tmp_path / "sky.exr", light, half=True))
    assert found[8, 16].tolist() == [65504] * 3
    assert found.min() >= 0
    assert notes == ("3 infinite samples were set to 65504", "3 negative samples were set to zero")


def test_nan_black_and_flat_pictures_are_refused(tmp_path):
    light = sky()
    light[3, 3, 1] = np.nan
    with pytest.raises(AssetError, match=r"sky\.exr: .*must not hold NaN, got 1"):
        read_environment(write_exr(tmp_path / "sky.exr", light))
    with pytest.raises(AssetError, match="black only"):
        read_environment(write_exr(tmp_path / "sky.exr", np.zeros((8, 16, 3), np.float32)))
    with pytest.raises(AssetError, match="twice as wide as high, got 16 x 16"):
        read_environment(write_hdr(tmp_path / "flat.hdr", np.ones((16, 16, 3), np.float32)))


def test_exr_layers_and_grey(tmp_path):
    light = sky()
    planes = {name: np.ascontiguousarray(light[..., index]) for index, name in enumerate(("R", "G", "B"))}
    found, _ = read_environment(write_exr(tmp_path / "a.exr", light, {f"beauty.{k}": v for k, v in planes.items()}))
    np.testing.assert_array_equal(found, light)
    found, _ = read_environment(write_exr(tmp_path / "b.exr", light, {"Y": planes["R"]}))
    np.testing.assert_array_equal(found[..., 2], light[..., 0])
    with pytest.raises(AssetError, match="channels R, G, B or Y, got Z"):
        read_environment(write_exr(tmp_path / "c.exr", light, {"Z": planes["R"]}))


@pytest.mark.parametrize(("write", "suffix"), [(write_hdr, ".hdr"), (write_exr, ".exr")])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.98])
def test_truncated_maps_are_one_clear_error(tmp_path, capsys, write, suffix, share):
    data = write(tmp_path / f"whole{suffix}", sky()).read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AssetError, match=rf"cut\{suffix}"):
        read_environment(cut)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"-Y 32 +X 64", b"+Y 32 +X 64", "top to bottom"),
        (b"-Y 32 +X 64", b"-Y 99999 +X 199998", "pixels, got 199998 x 99999"),
        (b"FORMAT=32-bit_rle_rgbe", b"FORMAT=32-bit_rle_xyze", "got XYZ"),
        (b"#?R", b"??R", "must begin with"),
        (b"-Y 32 +X 64", b"wide and high", "must state its size"),
    ],
)
def test_headers_of_hdr_files_are_checked(tmp_path, old, new, message):
    path = write_hdr(tmp_path / "sky.hdr", sky())
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(AssetError, match=message):
        read_environment(path)
