from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.cheap import fourier
from synthvision.realism.cheap.config import FourierSpec
from synthvision.realism.cheap.fourier import FourierRefiner, continued, exchange_amplitude, low_spectrum


def refiner(folder: Path, **options: object) -> FourierRefiner:
    return FourierRefiner(FourierSpec(kind="fourier", reference="real", **options), folder, "cpu")


def test_the_low_spectrum_is_that_of_the_fourier_transform() -> None:
    planes = rng_for(0, 0, "test").random((3, 40, 54), np.float32)
    whole = np.fft.fftshift(np.fft.fft2(planes), axes=(1, 2)) / (40 * 54)
    np.testing.assert_allclose(low_spectrum(planes, 5), whole[:, 15:26, 22:33], atol=1e-6)


def test_a_continued_picture_meets_itself() -> None:
    planes = np.tile(np.linspace(0, 255, 80, dtype=np.float32), (1, 60, 1))
    longer = continued(planes)
    assert longer.shape == (1, 75, 100)
    np.testing.assert_array_equal(longer[:, :60, :80], planes)
    # Within the picture one pixel to the next is 3.2, at its ends 255.
    assert np.abs(np.diff(longer, axis=2, append=longer[:, :, :1])).max() < 25
    for shape in ((1, 1), (2, 3), (5, 1)):
        assert continued(np.ones((3, *shape), np.float32)).shape[1] >= shape[0]


def test_amplitudes_become_the_references_and_phases_stay(polygons, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the continuation, which is cut off again, the spectrum of the result can be looked at."""
    monkeypatch.setattr(fourier, "_CONTINUED", 0.0)
    own, other = polygons(0, 96), polygons(1, 96)
    result = own + exchange_amplitude(own, other, 4)
    spectra = [np.fft.fftshift(np.fft.fft2(picture, axes=(0, 1)), axes=(0, 1)) for picture in (own, other, result)]
    low = (slice(44, 53), slice(44, 53))
    np.testing.assert_allclose(np.abs(spectra[2][low]), np.abs(spectra[1][low]), rtol=1e-3)
    turned = np.angle(spectra[2][low] * np.conj(spectra[0][low]))
    np.testing.assert_allclose(turned, 0, atol=1e-3)
    high = np.ones((96, 96), np.bool_)
    high[low] = False
    np.testing.assert_allclose(spectra[2][high], spectra[0][high], atol=0.2)


def test_without_a_low_frequency_in_common_only_the_mean_is_exchanged() -> None:
    change = exchange_amplitude(np.full((64, 80, 3), 90, np.uint8), np.full((64, 64, 3), 130, np.uint8), 5)
    np.testing.assert_allclose(change, 40, atol=0.01)


def test_gains_are_limited_but_for_the_mean(polygons, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fourier, "_CONTINUED", 0.0)
    own, other = polygons(0, 96) // 4, polygons(1, 96)
    limited = own + exchange_amplitude(own, other, 4, 2.0)
    before, wanted, after = (
        np.abs(low_spectrum(np.moveaxis(picture.astype(np.float32), 2, 0), 4)) for picture in (own, other, limited)
    )
    np.testing.assert_allclose(after[:, 4, 4], wanted[:, 4, 4], rtol=1e-3)
    expected = np.minimum(wanted, 2 * before)
    expected[:, 4, 4] = wanted[:, 4, 4]
    np.testing.assert_allclose(after, expected, rtol=1e-2, atol=1e-3)
    assert (wanted > 2.5 * before).mean() > 0.3


def test_edges_stay_where_they_are(polygons, item, save, tmp_path: Path) -> None:
    save([polygons(k, 128) for k in range(3)])
    step = np.full((120, 160, 3), 60, np.uint8)
    step[:, 73:] = 190
    result = refiner(tmp_path).refine([item(step)])[0].astype(np.float64)
    assert np.abs(result - step).max() > 5
    jumps = np.abs(np.diff(result, axis=1))
    assert (jumps.argmax(axis=1) == 72).all()
    # The change is smooth: the jump stays as high as it was, but for what one pixel of the slowest waves gives.
    np.testing.assert_allclose(jumps[:, 72], 130, atol=12)


def test_it_depends_on_the_frame_alone(polygons, item, save, tmp_path: Path) -> None:
    save([polygons(k, 128, low=60, high=200) for k in range(5)])
    pictures = [item(polygons(9, 128), frame=frame) for frame in range(6)]
    together = refiner(tmp_path).refine(pictures)
    for number in (4, 1):
        np.testing.assert_array_equal(refiner(tmp_path).refine(pictures[number : number + 1])[0], together[number])
    assert len({picture.tobytes() for picture in together}) > 2


def test_no_more_pixels_than_allowed_are_clipped(item, save, tmp_path: Path) -> None:
    rng = rng_for(1, 0, "test")
    save([np.full((96, 96, 3), 240, np.uint8)])
    picture = rng.integers(10, 240, (96, 96, 3), dtype=np.uint8)
    for allowed in (0.0, 0.1):
        result = refiner(tmp_path, most_clipped=allowed).refine([item(picture)])[0]
        assert (result.max(axis=2) == 255).mean() <= allowed + 0.02
    assert result.mean() > picture.mean() + 10


def test_strength(polygons, item, save, tmp_path: Path) -> None:
    save([np.full((96, 96, 3), 150, np.uint8)])
    picture = item(polygons(0, 96, low=70, high=130))
    np.testing.assert_array_equal(refiner(tmp_path, strength=0).refine([picture])[0], picture.rgb_hwc)
    half, whole = (
        refiner(tmp_path, strength=strength, share=0).refine([picture])[0].astype(np.float64) - picture.rgb_hwc
        for strength in (0.5, 1)
    )
    np.testing.assert_allclose(2 * half, whole, atol=1.01)


def test_what_the_manifest_says(polygons, save, tmp_path: Path) -> None:
    save([polygons(k, 64) for k in range(4)])
    made = refiner(tmp_path, reference_photos=3, reference_licence="CC0-1.0", strength=0.5)
    (entry,) = made.models
    assert (entry.kind, entry.name, entry.real_photos, entry.strength) == ("fourier", "FDA", 3, 0.5)
    assert entry.licence == "CC0-1.0"
    assert entry.sha256 is not None
    assert len(entry.sha256) == 64
    assert str(tmp_path) not in entry.model_dump_json()
    assert made.needs == frozenset()
    assert made.smallest_px == 0
    made.close()


def test_bad_input(polygons, item, save, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such path"):
        refiner(tmp_path)
    save([polygons(0, 64)])
    with pytest.raises(FrameError, match=r"frame 4: share times .* lower share"):
        refiner(tmp_path, share=0.05).refine([item(np.zeros((2000, 2000, 3), np.uint8), frame=4)])
    for shape in ((1, 1), (2, 9), (7, 3)):
        assert refiner(tmp_path).refine([item(np.full((*shape, 3), 9, np.uint8))])[0].shape == (*shape, 3)
