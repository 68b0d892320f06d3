"""Boxes against masks: half-open, one past the last pixel; without the one these fail."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from synthvision.annotate.rle import encode_id_image, encode_mask, rle_box
from synthvision.geometry.boxes import box_area, box_intersection, box_iou, box_xywh, tight_box

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@st.composite
def rectangles(draw):
    height, width = draw(sizes)
    x1, y1 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    x2, y2 = draw(st.integers(x1 + 1, width)), draw(st.integers(y1 + 1, height))
    mask = np.zeros((height, width), bool)
    mask[y1:y2, x1:x2] = True
    return mask, (x1, y1, x2, y2)


@given(rectangles())
def test_the_box_of_a_filled_rectangle_is_the_rectangle(case):
    mask, box = case
    assert tight_box(mask) == box
    assert rle_box(encode_mask(mask)) == box
    assert encode_id_image(mask.astype(np.uint16))[1].box_xyxy == box
    # The area of the box is the number of pixels: a box one short in either direction has fewer.
    assert box_area(box) == mask.sum()
    x, y, width, height = box_xywh(box)
    assert (x, y, width * height) == (box[0], box[1], mask.sum())


@given(sizes.flatmap(lambda size: arrays(np.bool_, size)))
def test_a_box_holds_every_pixel_and_touches_one_on_each_side(mask):
    box = tight_box(mask)
    if not mask.any():
        assert box is None
        return
    x1, y1, x2, y2 = box
    assert mask[y1:y2, x1:x2].sum() == mask.sum()
    assert mask[y1, x1:x2].any()
    assert mask[y2 - 1, x1:x2].any()
    assert mask[y1:y2, x1].any()
    assert mask[y1:y2, x2 - 1].any()


@given(rectangles(), st.data())
def test_intersection_and_union_are_those_of_the_masks(case, data):
    mask, box = case
    height, width = mask.shape
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    other = (x1, y1, data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height)))
    second = np.zeros_like(mask)
    second[other[1] : other[3], other[0] : other[2]] = True
    shared = box_intersection(box, other)
    assert (0 if shared is None else box_area(shared)) == (mask & second).sum()
    np.testing.assert_allclose(box_iou(box, other), (mask & second).sum() / (mask | second).sum())
