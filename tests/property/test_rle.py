"""Run lengths against pycocotools, on masks that hypothesis makes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from synthvision.annotate.polygons import mask_polygons
from synthvision.annotate.rle import (
    encode_coverages,
    encode_id_image,
    encode_mask,
    rle_area,
    rle_box,
)
from synthvision.core.errors import UsageError
from synthvision.core.frames import AmodalCoverage
from synthvision.core.labels import Rle
from synthvision.core.run_lengths import decode_counts, decode_rle
from synthvision.geometry.boxes import tight_box

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
masks = shapes.flatmap(lambda shape: arrays(np.bool_, shape))
# Few large blocks: the long runs that real masks have, also over the border of two columns.
blocks = st.tuples(arrays(np.bool_, (4, 5)), st.integers(1, 90), st.integers(1, 60)).map(
    lambda item: np.repeat(np.repeat(item[0], item[1], axis=0), item[2], axis=1)
)
any_masks = st.one_of(masks, blocks, shapes.map(lambda s: np.zeros(s, bool)), shapes.map(lambda s: np.ones(s, bool)))


def counts_of_pycocotools(mask: np.ndarray) -> str:
    return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()


@given(any_masks)
def test_encoding_is_that_of_pycocotools_and_decoding_gives_the_mask_back(mask):
    rle = encode_mask(mask)
    assert rle.size == mask.shape
    assert rle.counts == counts_of_pycocotools(mask)
    assert (decode_rle(rle) == mask).all()
    assert (coco_mask.decode({"size": list(rle.size), "counts": rle.counts.encode()}) == mask).all()
    assert rle_area(rle) == mask.sum()
    assert rle_box(rle) == tight_box(mask)


@given(shapes.flatmap(lambda shape: arrays(np.uint16, shape, elements=st.sampled_from([0, 1, 2, 7, 300, 65535]))))
def test_one_pass_over_the_id_image_gives_every_mask(ids):
    found = encode_id_image(ids)
    assert list(found) == sorted(set(np.unique(ids).tolist()) - {0})
    for instance_id, mask in found.items():
        pixels = ids == instance_id
        assert mask.rle.counts == counts_of_pycocotools(pixels)
        assert mask.area == pixels.sum()
        assert mask.box_xyxy == tight_box(pixels)
        rows, columns = np.nonzero(pixels)
        np.testing.assert_allclose(mask.centroid_xy, (columns.mean() + 0.5, rows.mean() + 0.5))


@given(st.lists(any_masks, max_size=4), st.integers(0, 7), st.integers(0, 7), st.booleans())
def test_windows_are_placed_in_the_picture(windows, x, y, tight):
    height = max([window.shape[0] for window in windows], default=1) + y + (0 if tight else 3)
    width = max([window.shape[1] for window in windows], default=1) + x + (0 if tight else 3)
    coverages = [AmodalCoverage(window, (x, y), int(window.sum()), int(window.sum()), None) for window in windows]
    for window, rle in zip(windows, encode_coverages(coverages, (height, width)), strict=True):
        whole = np.zeros((height, width), bool)
        whole[y : y + window.shape[0], x : x + window.shape[1]] = window
        assert (rle is None) == (not window.any())
        if rle is not None:
            assert rle.counts == counts_of_pycocotools(whole)


@given(any_masks)
def test_polygons_filled_by_pycocotools_give_the_mask_back_holes_included(mask):
    polygons = mask_polygons(mask)
    if not mask.any():
        assert polygons == []
        return
    filled = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons, *mask.shape)))
    assert (filled == mask).all()


@pytest.mark.parametrize(
    ("rle", "message"),
    [
        (Rle((2, 2), "5"), "must add up to 2 x 2, got 5 pixels"),
        (Rle((2, 2), "1P"), "end inside a number"),
        (Rle((2, 2), "1 3"), "characters '0' to 'o' only"),
        (Rle((2, 2), "oooooooooooooo0"), "too long"),
        (Rle((2, 2), "13O0"), "must add up"),
    ],
)
def test_broken_run_lengths_are_refused(rle, message):
    with pytest.raises(UsageError, match=message):
        decode_rle(rle)


def test_a_window_outside_the_picture_is_refused():
    coverage = AmodalCoverage(np.ones((2, 2), bool), (9, 0), 4, 4, None)
    with pytest.raises(UsageError, match="must lie inside the picture"):
        encode_coverages([coverage], (10, 10))


@given(st.text(alphabet=st.characters(min_codepoint=48, max_codepoint=111), max_size=30))
def test_any_text_decodes_or_is_refused(text):
    try:
        counts = decode_counts(text)
    except UsageError:
        return
    assert counts.dtype == np.int64
