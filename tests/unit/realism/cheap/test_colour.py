from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.realism.cheap.colour import ColourRefiner
from synthvision.realism.cheap.colour_maps import MapLimits, colour_map, colour_statistics, lab_from_rgb, rgb_from_lab
from synthvision.realism.cheap.config import ColourSpec

_FREE = MapLimits(100, 10)
_BOX = (40, 40, 80, 80)


def refiner(folder: Path, reference: str = "real", **options: object) -> ColourRefiner:
    return ColourRefiner(ColourSpec(kind="colour", reference=reference, **options), folder, "cpu")


def cloud(number: int, mean: tuple[float, ...], matrix: np.ndarray) -> np.ndarray:
    return rng_for(4, number, "test").standard_normal((20_000, 3)) @ matrix.T + mean


def picture(number: int, ground: tuple[int, ...], thing: tuple[int, ...]) -> np.ndarray:
    noise = rng_for(6, number, "test").normal(0, 6, (120, 120, 3))
    rgb = np.empty((120, 120, 3))
    rgb[:] = ground
    rgb[_BOX[1] : _BOX[3], _BOX[0] : _BOX[2]] = thing
    return np.clip(np.rint(rgb + noise), 0, 255).astype(np.uint8)


def ids() -> np.ndarray:
    mask = np.zeros((120, 120), np.uint16)
    mask[_BOX[1] : _BOX[3], _BOX[0] : _BOX[2]] = 1
    return mask


def coco(folder: Path, count: int, name: str = "real") -> None:
    x1, y1, x2, y2 = _BOX
    images = [{"id": k + 1, "file_name": f"{k:03}.png"} for k in range(count)]
    boxes = [
        {"id": k + 1, "image_id": k + 1, "category_id": 1, "bbox": [x1, y1, x2 - x1, y2 - y1]} for k in range(count)
    ]
    data = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "ball"}]}
    (folder / name / "labels.json").write_text(json.dumps(data))


def means(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lab, mask = lab_from_rgb(rgb), ids() > 0
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    outer = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    return lab[inner].mean(axis=0), lab[outer].mean(axis=0)


def test_lab_and_back_is_exact(polygons) -> None:
    rgb = polygons(0, 64)
    np.testing.assert_array_equal(rgb_from_lab(lab_from_rgb(rgb)), rgb)


def test_the_linear_map_gives_mean_and_covariance() -> None:
    source = cloud(0, (50, 5, -5), np.array([[12, 0, 0], [3, 8, 0], [0, 2, 6.0]]))
    target = cloud(1, (60, -5, 10), np.array([[9, 0, 0], [-3, 9, 0], [1, 0, 8.0]]))
    made = colour_map(colour_statistics(source), colour_statistics(target), "monge_kantorovich", _FREE)
    mapped = made.apply(source.astype(np.float32)[None])[0]
    np.testing.assert_allclose(mapped.mean(axis=0), target.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(mapped.T), np.cov(target.T), atol=0.6)
    # Of all linear maps between the two, the one that moves least is symmetric.
    np.testing.assert_allclose(made.matrix_cc, made.matrix_cc.T, atol=1e-9)


def test_reinhard_gives_mean_and_spread() -> None:
    source, target = cloud(0, (50, 0, 0), np.diag([10.0, 5, 5])), cloud(1, (40, 6, 6), np.diag([7.0, 9, 4]))
    made = colour_map(colour_statistics(source), colour_statistics(target), "reinhard", _FREE)
    mapped = made.apply(source.astype(np.float32)[None])[0]
    np.testing.assert_allclose(mapped.mean(axis=0), target.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(mapped.std(axis=0), target.std(axis=0), rtol=0.02)


def test_histograms_are_matched_by_growing_curves() -> None:
    source = cloud(0, (50, 0, 0), np.diag([10.0, 5, 5]))
    target = np.stack([20 + 60 * np.sqrt(rng_for(4, 7, "test").random(20_000))] * 3, axis=1) * (1, 0.2, 0.2)
    made = colour_map(colour_statistics(source), colour_statistics(target), "histogram", _FREE)
    mapped = made.apply(source.astype(np.float32)[None])[0]
    for share in (0.05, 0.3, 0.5, 0.9):
        np.testing.assert_allclose(np.quantile(mapped[:, 0], share), np.quantile(target[:, 0], share), atol=0.6)
    ramp = np.repeat(np.linspace(0, 100, 500, dtype=np.float32)[None, :, None], 3, axis=2)
    assert (np.diff(made.apply(ramp)[0], axis=0) > 0).all()


@pytest.mark.parametrize("method", ["monge_kantorovich", "reinhard", "histogram"])
def test_limits_hold(method: str) -> None:
    source, target = cloud(0, (30, 0, 0), np.diag([3.0, 3, 3])), cloud(1, (90, 40, 30), np.diag([20.0, 0.2, 9]))
    limits = MapLimits(12, 1.5)
    made = colour_map(colour_statistics(source), colour_statistics(target), method, limits)
    mapped = made.apply(source.astype(np.float32)[None])[0]
    shift = np.median(mapped, axis=0) - np.median(source, axis=0)
    assert shift[0] == pytest.approx(12, abs=0.3)
    assert np.hypot(shift[1], shift[2]) == pytest.approx(6, abs=0.3)
    stretch = mapped.std(axis=0) / source.std(axis=0)
    assert (stretch < 1.51).all()
    assert (stretch > 1 / 1.51).all()


@pytest.mark.parametrize("method", ["monge_kantorovich", "reinhard", "histogram"])
@pytest.mark.parametrize("target", ["photo", "set"])
def test_each_region_takes_the_colours_of_its_own(method: str, target: str, item, save, tmp_path: Path) -> None:
    real = [picture(k, (150, 130, 110), (170, 80, 70)) for k in range(4)]
    save(real)
    coco(tmp_path, 4)
    render = picture(9, (135, 135, 135), (150, 90, 90))
    made = refiner(tmp_path, "real/labels.json", method=method, target=target, most_shift=50)
    (result,) = made.refine([item(render, ids=ids(), names=["ball"])])
    wanted, got, before = means(real[0]), means(result), means(render)
    for region in (0, 1):
        assert np.linalg.norm(before[region] - wanted[region]) > 5
        # What two pixels of rounding and the other photo's noise leave.
        np.testing.assert_allclose(got[region], wanted[region], atol=1.2)
    # Nothing is known of this class: all of the picture is the rest.
    (other,) = made.refine([item(render, ids=ids(), names=["cube"])])
    assert np.linalg.norm(means(other)[0] - wanted[0]) > 5


def test_edges_stay_and_have_no_halo(item, save, tmp_path: Path) -> None:
    """The one thing is flat and the photos are not, so that its map is as steep as may be."""
    save([picture(k, (90, 110, 90), (210, 150, 140)) for k in range(2)])
    coco(tmp_path, 2)
    render = np.full((120, 120, 3), 70, np.uint8)
    render[40:80, 40:80] = 160
    (result,) = refiner(tmp_path, "real/labels.json").refine([item(render, ids=ids(), names=["ball"])])
    row = result[60].astype(np.int64).sum(axis=1)
    jumps = np.abs(np.diff(row))
    assert set(np.argsort(jumps)[-2:]) == {39, 79}
    # Both sides are shifted, each by its own: across the edge a pixel gets something between the two shifts.
    shift = row - 3 * render[60, :, 0].astype(np.int64)
    low, high = sorted((shift[5], shift[60]))
    assert shift.min() >= low - 6
    assert shift.max() <= high + 6
    # Two pixels from the edge nothing of it is left.
    assert (shift[:37] == shift[5]).all()
    assert np.ptp(shift[43:77]) <= 3


def test_with_renders_all_frames_get_one_map_and_red_stays_red(item, save, tmp_path: Path) -> None:
    """Real things are black or red as rendered ones are: taken alone, a red one would be drawn to the mean of both."""
    rng = rng_for(11, 0, "test")
    colours = [(170, 60, 60) if k % 2 else (70, 70, 70) for k in range(8)]
    save([picture(k, (140, 130, 120), colour) for k, colour in enumerate(colours)])
    save([picture(20 + k, (120, 120, 120), colour) for k, colour in enumerate(colours)], name="renders")
    coco(tmp_path, 8)
    coco(tmp_path, 8, "renders")
    made = refiner(tmp_path, "real/labels.json", renders="renders/labels.json", method="reinhard")
    red, black = (picture(50, (120, 120, 120), colour) for colour in (colours[1], colours[0]))
    results = made.refine([item(rgb, frame=int(rng.integers(99)), ids=ids(), names=["ball"]) for rgb in (red, black)])
    for before, after in zip((red, black), results, strict=True):
        np.testing.assert_allclose(means(after)[0], means(before)[0], atol=3)
        np.testing.assert_allclose(means(after)[1], means(picture(0, (140, 130, 120), (0, 0, 0)))[1], atol=1.5)


def test_photos_without_boxes_and_strength(polygons, item, save, tmp_path: Path) -> None:
    save([polygons(k, 64) for k in range(3)])
    rgb = polygons(8, 64, low=80, high=170)
    np.testing.assert_array_equal(refiner(tmp_path, strength=0).refine([item(rgb)])[0], rgb)
    half, whole = (
        lab_from_rgb(refiner(tmp_path, strength=s).refine([item(rgb)])[0]) - lab_from_rgb(rgb) for s in (0.5, 1)
    )
    assert np.abs(whole).mean() > 2
    np.testing.assert_allclose(half.mean(axis=(0, 1)), whole.mean(axis=(0, 1)) / 2, atol=1)


def test_it_depends_on_the_frame_alone(polygons, item, save, tmp_path: Path) -> None:
    save([polygons(k, 64) for k in range(5)])
    pictures = [item(polygons(9, 64), frame=frame) for frame in range(6)]
    together = refiner(tmp_path).refine(pictures)
    np.testing.assert_array_equal(refiner(tmp_path).refine(pictures[4:5])[0], together[4])
    assert len({picture.tobytes() for picture in together}) > 2


def test_what_the_manifest_says(polygons, save, tmp_path: Path) -> None:
    save([polygons(k, 64) for k in range(4)])
    first, again, other = refiner(tmp_path), refiner(tmp_path), refiner(tmp_path, reference_photos=2)
    assert first.models == again.models
    assert first.models[0].sha256 != other.models[0].sha256
    assert (first.models[0].kind, first.models[0].name) == ("colour", "monge_kantorovich")
    assert other.models[0].real_photos == 2
    assert first.needs == frozenset()
    assert first.smallest_px == 0
    first.close()


def test_tiny_and_fully_covered_pictures(polygons, item, save, tmp_path: Path) -> None:
    save([picture(k, (150, 130, 110), (170, 80, 70)) for k in range(2)])
    coco(tmp_path, 2)
    made = refiner(tmp_path, "real/labels.json")
    tiny = np.full((3, 4, 3), 77, np.uint8)
    np.testing.assert_array_equal(made.refine([item(tiny)])[0], tiny)
    covered = polygons(3, 64)
    all_ball = np.ones((64, 64), np.uint16)
    assert made.refine([item(covered, ids=all_ball, names=["ball"])])[0].shape == (64, 64, 3)
