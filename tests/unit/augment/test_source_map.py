"""Where pixels came from: what numpy does to the map by hand is what the map says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.augment.source_map import SourceMap, coordinate_image
from synthvision.core.errors import FrameError
from synthvision.core.streams import rng_for

SIZE = (12, 8)
POINTS = [(0.0, 0.0), (3.25, 1.5), (12.0, 8.0), (-2.0, 9.5)]


def crop(image):
    return image[2:7, 3:11]


def pad(image):
    return np.pad(image, ((1, 2), (3, 4), *((0, 0) for _ in image.shape[2:])))


# What is done to the picture, and where a point of the source then lies.
MOVES = {
    "nothing": (lambda image: image, lambda x, y: (x, y)),
    "flip": (lambda image: image[:, ::-1], lambda x, y: (12 - x, y)),
    "upside down": (lambda image: image[::-1], lambda x, y: (x, 8 - y)),
    "turn": (np.rot90, lambda x, y: (y, 12 - x)),
    "turn back": (lambda image: np.rot90(image, 3), lambda x, y: (8 - y, x)),
    "transpose": (lambda image: image.swapaxes(0, 1), lambda x, y: (y, x)),
    "crop": (crop, lambda x, y: (x - 3, y - 2)),
    "pad": (pad, lambda x, y: (x + 3, y + 1)),
    "crop, flip and pad": (lambda image: pad(crop(image)[:, ::-1]), lambda x, y: (8 - (x - 3) + 3, y - 2 + 1)),
}


@pytest.mark.parametrize("name", MOVES)
def test_moves_of_whole_pixels_are_known_exactly(name):
    move, place = MOVES[name]
    source = SourceMap.of(move(coordinate_image(SIZE)), SIZE)
    assert source.grid_move is not None
    assert source.is_identity == (name == "nothing")
    assert source.grid_move.is_window == (name in {"nothing", "crop", "pad"})
    np.testing.assert_array_equal(source.locate(POINTS), [place(x, y) for x, y in POINTS])
    for shape in ((8, 12), (8, 12, 3)):
        image = rng_for(0, 0, "test.image").integers(1, 999, size=shape).astype(np.uint16)
        moved = source.gather(image, 0)
        assert moved.dtype == np.uint16
        np.testing.assert_array_equal(moved, move(image))


def test_a_turn_by_an_angle_is_located_to_a_small_part_of_a_pixel():
    size = (160, 120)
    matrix = cv2.getRotationMatrix2D((80, 60), 17.0, 0.9)
    # OpenCV's places are whole numbers at pixel centres, ours are half ones.
    turned = cv2.warpAffine(coordinate_image(size), matrix, size, flags=cv2.INTER_NEAREST)
    source = SourceMap.of(turned, size)
    assert source.grid_move is None
    points = rng_for(0, 0, "test.points").uniform((30, 30), (130, 90), (40, 2))
    expected = (points - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    assert np.abs(source.locate(points) - expected).max() < 0.15
    assert np.abs((source.locate(points) - expected).mean(axis=0)).max() < 0.03


def test_what_the_result_does_not_show_is_nowhere():
    size = (40, 30)
    half = cv2.resize(coordinate_image(size)[:, :20], (33, 50), interpolation=cv2.INTER_NEAREST)
    source = SourceMap.of(half, size)
    places = source.locate([(10.0, 15.0), (35.0, 15.0), (np.nan, 3.0)])
    assert np.isfinite(places[0]).all()
    assert np.isnan(places[1:]).all()
    nothing = SourceMap.of(np.zeros((5, 4, 2), np.float32), size)
    assert nothing.grid_move is None
    assert not nothing.is_identity
    assert np.isnan(nothing.locate([(1.0, 1.0)])).all()
    assert (nothing.gather(np.ones((30, 40), np.uint8), 7) == 7).all()


def test_blended_places_are_refused():
    blended = cv2.resize(coordinate_image(SIZE), (10, 7), interpolation=cv2.INTER_LINEAR)
    with pytest.raises(FrameError, match=r"must move masks by their nearest sample .* pixels are blended"):
        SourceMap.of(blended, SIZE)
    half_filled = coordinate_image(SIZE)
    half_filled[0, 0, 0] = 0
    with pytest.raises(FrameError, match="but 1 pixels are blended"):
        SourceMap.of(half_filled, SIZE)
    with pytest.raises(FrameError, match="must keep the channels of masks"):
        SourceMap.of(coordinate_image(SIZE)[..., 0], SIZE)
