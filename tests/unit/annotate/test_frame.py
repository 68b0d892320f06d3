"""Labels of worlds with known answers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.frame import annotate_frame, coverage_ids
from synthvision.annotate.rle import decode_rle
from synthvision.core.errors import FrameError, UsageError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.geometry.boxes import tight_box

OPEN = LabelPolicy(min_visible_pixels=1, min_visible_fraction=0, min_side_px=1)


def annotate(flat, world, policy=OPEN, captured=None, **options):
    captured = captured or world.capture()
    frame = annotate_frame(world.scene, captured, world.library, policy, flat.classes, **options)
    return {label.name: label for label in frame.instances}


def test_a_card_two_metres_away_covers_the_pixels_that_geometry_says(flat):
    # 0.4 m x 0.2 m at 1.9 m with a focal length of 95 px: 20 x 10 px about the middle of the picture.
    world = flat.World([flat.Card("card", 0, 0, 0.2, 0.1, height=0.1)], focal=95)
    card = annotate(flat, world)["cards/0"]
    assert card.visible_pixels == card.alone_pixels == card.alone_pixels_canvas == 200
    assert card.box_xyxy == card.amodal_box_xyxy == (38, 27, 58, 37)
    assert card.centroid_xy == (48.0, 32.0)
    assert (card.visible_fraction, card.truncation, card.status) == (1.0, 0.0, "labelled")
    assert card.rle == card.amodal_rle
    np.testing.assert_allclose(card.pose.position_m, (0, 0, 1.9), atol=1e-12)
    np.testing.assert_allclose(card.pose.rotation_wxyz, (0, 1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(card.bbox_3d.centre_m, (0, 0, 1.9), atol=1e-12)
    np.testing.assert_allclose(card.bbox_3d.size_m, (0.4, 0.2, 0))
    np.testing.assert_allclose(card.bbox_3d.corners_px[:4], [(38, 37), (58, 37), (38, 27), (58, 27)])


def test_half_covered_by_construction_is_half_visible(flat):
    cards = [flat.Card("card", 0, 0, 0.2, 0.1), flat.Card("tile", 0.2, 0, 0.2, 0.2, height=0.011)]
    labels = annotate(flat, flat.World(cards))
    card = labels["cards/0"]
    rows = card.box_xyxy[3] - card.box_xyxy[1]
    assert abs(card.visible_fraction * card.alone_pixels - card.alone_pixels / 2) <= rows
    assert card.alone_pixels > card.visible_pixels
    assert (decode_rle(card.amodal_rle) & ~decode_rle(card.rle)).sum() == card.alone_pixels - card.visible_pixels


def test_two_halves_behind_a_pole_are_one_instance(flat):
    cards = [flat.Card("card", 0, 0, 0.3, 0.1), flat.Card("tile", 0, 0, 0.05, 0.3, 0.2, "distractor", None)]
    labels = annotate(flat, flat.World(cards))
    card = labels["cards/0"]
    assert card.status == "labelled"
    mask = decode_rle(card.rle)
    assert not mask[:, 48].any()
    assert tight_box(mask) == card.box_xyxy == card.amodal_box_xyxy
    assert labels["cards/1"].status == "unlabelled"
    assert labels["cards/1"].rle is not None


def test_truncation_is_the_share_outside_the_picture(flat):
    # The picture ends 0.96 m from its middle on the floor; a card centred there is half outside.
    world = flat.World([flat.Card("card", 0.95, 0, 0.2, 0.1, height=0.02)])
    card = annotate(flat, world)["cards/0"]
    assert card.truncation == pytest.approx(0.5, abs=0.04)
    assert card.amodal_box_xyxy[2] > 96
    assert card.box_xyxy[2] == 96
    assert card.visible_fraction == 1.0


def test_everything_of_the_scene_is_listed_also_what_is_hidden(flat):
    cards = [
        flat.Card("card", 0, 0, 0.1, 0.1),
        flat.Card("tile", 0, 0, 0.15, 0.15, height=0.5),
        flat.Card("disc", 30, 0, 0.1, 0.1),
    ]
    labels = annotate(flat, flat.World(cards))
    assert list(labels) == ["floor", "cards/0", "cards/1", "cards/2"]
    hidden, outside = labels["cards/0"], labels["cards/2"]
    assert (hidden.status, hidden.box_xyxy, hidden.rle, hidden.visible_fraction) == ("hidden", None, None, 0.0)
    assert hidden.alone_pixels > 0
    assert hidden.amodal_rle is not None
    assert hidden.reasons == ("no visible pixel",)
    assert (outside.status, outside.alone_pixels, outside.truncation) == ("hidden", 0, None)
    assert labels["floor"].status == "unlabelled"
    assert labels["floor"].visible_pixels > 0
    assert labels["floor"].alone_pixels is None


def test_coverage_is_wanted_of_all_but_the_background(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1), flat.Card("tile", 0, 0, 0.3, 0.3, 0.5, "distractor", None)])
    assert coverage_ids(world.scene) == (2, 3)


def test_keypoints_follow_the_depth_image(flat):
    cards = [
        flat.Card("tile", -0.5, 0, 0.2, 0.1),
        flat.Card("tile", 0.2, 0, 0.2, 0.1, height=0.02),
        flat.Card("card", 0.35, 0, 0.05, 0.05, height=0.3),
        flat.Card("tile", 0.9, 0.4, 0.2, 0.1, height=0.04),
    ]
    labels = annotate(flat, flat.World(cards))
    seen = {point.name: point for point in labels["cards/0"].keypoints}
    assert {name: point.visibility for name, point in seen.items()} == {"centre": 2, "right": 2}
    assert seen["centre"].depth_m == pytest.approx(1.99)
    assert seen["centre"].xy_px == (pytest.approx(48 - 50 / 1.99, abs=1e-3), 32.0)
    # The right end of the second tile is under a card, that of the third is outside the picture.
    assert [point.visibility for point in labels["cards/1"].keypoints] == [2, 1]
    assert [point.visibility for point in labels["cards/3"].keypoints] == [2, 0]
    assert labels["cards/2"].keypoints == ()


def test_air_dims_by_the_length_of_the_ray(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.02, 0.02)])
    clear = annotate(flat, world)["cards/0"]
    hazy = annotate(flat, world, extinction_per_m=0.5)["cards/0"]
    assert (clear.contrast_transmittance, clear.lens_transmittance) == (1.0, 1.0)
    assert hazy.contrast_transmittance == pytest.approx(np.exp(-0.5 * 1.99), rel=1e-3)


def test_models_are_loaded_once(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1), flat.Card("card", 0.5, 0, 0.1, 0.1)])
    annotate(flat, world)
    annotate(flat, world)
    assert world.library.loaded == 2  # floor and card


def test_the_record_has_everything_and_counts_count_labelled_ones(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1), flat.Card("disc", 0.5, 0, 0.02, 0.2)], frame=9)
    policy = LabelPolicy(min_side_px=5, otherwise="drop")
    frame = annotate_frame(world.scene, world.capture(), world.library, policy, flat.classes)
    assert frame.counts() == {"card": 1}
    record = frame.to_record()
    assert record["frame"] == frame.frame == 9
    dropped = record["instances"][2]
    assert (dropped["status"], dropped["reasons"]) == ("dropped", ("min_side_px: 2 is under 5",))
    assert dropped["rle"]["size"] == (64, 96)
    assert len(record["scene"]["objects"]) == 3


def test_wrong_input_is_refused(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1)])
    captured = world.capture()
    with pytest.raises(UsageError, match=r"must have a class of the job \(disc, cards\), got 'card'; did you mean 'c"):
        annotate_frame(world.scene, captured, world.library, OPEN, ["disc", "cards"])
    smaller = CapturedFrame(captured.rgb_hwc[:-1].copy(), captured.labels, 7.0)
    with pytest.raises(UsageError, match="must have one size"):
        annotate(flat, world, captured=smaller)
    strange = dataclasses.replace(captured.labels, id_hw=captured.labels.id_hw + np.uint16(3))
    with pytest.raises(FrameError, match=r"must belong to an object of the scene, got \["):
        annotate(flat, world, captured=CapturedFrame(captured.rgb_hwc, strange, 7.0))
    without = LabelImages(captured.labels.id_hw, captured.labels.depth_m_hw, None, {})
    with pytest.raises(UsageError, match="needs the coverage of every card"):
        annotate(flat, world, LabelPolicy(), CapturedFrame(captured.rgb_hwc, without, 7.0))
