"""Labels of worlds with known answers."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.frame import annotate_frame, coverage_ids
from synthvision.core.errors import FrameError, UsageError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.run_lengths import decode_rle
from synthvision.core.streams import rng_for
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


def weathered(world, *, air=None, lens=None, picture=None):
    """The world's frame with what air and lens let through, as functions of depth and of the column."""
    captured = world.capture()
    depth = captured.labels.depth_m_hw
    columns = np.broadcast_to(np.arange(depth.shape[1]), depth.shape)
    return dataclasses.replace(
        captured,
        rgb_hwc=captured.rgb_hwc if picture is None else picture(captured.rgb_hwc),
        air_transmittance_hw=None if air is None else air(depth).astype(np.float32),
        lens_transmittance_hw=None if lens is None else lens(columns).astype(np.float32),
    )


def fog(extinction_per_m):
    return lambda depth: np.exp(-extinction_per_m * depth)


def test_transmittances_are_means_over_visible_pixels(flat):
    # The second card covers the right half of the first; dirt covers the right half of the picture but for a tenth.
    cards = [flat.Card("card", 0, 0, 0.2, 0.1), flat.Card("tile", 0.3, 0, 0.3, 0.2, height=0.5)]
    world = flat.World(cards)
    captured = weathered(world, air=fog(0.5), lens=lambda column: np.where(column < 48, 1.0, 0.1))
    labels = annotate(flat, world, captured=captured)
    card, tile, floor = labels["cards/0"], labels["cards/1"], labels["floor"]
    assert card.contrast_transmittance == pytest.approx(np.exp(-0.5 * 1.99), rel=1e-6)
    assert tile.contrast_transmittance == pytest.approx(np.exp(-0.5 * 1.5), rel=1e-6)
    assert floor.contrast_transmittance == pytest.approx(np.exp(-0.5 * 2.0), rel=1e-6)
    assert card.box_xyxy[2] <= 48 <= tile.box_xyxy[0]
    assert (card.lens_transmittance, tile.lens_transmittance) == (1.0, pytest.approx(0.1))
    mask = decode_rle(floor.rle)
    share = captured.lens_transmittance_hw[mask].mean(dtype=np.float64)
    assert floor.lens_transmittance == pytest.approx(share, rel=1e-9)
    assert 0.1 < share < 1


def test_clear_air_and_clean_glass_let_everything_through(flat):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1), flat.Card("disc", 30, 0, 0.1, 0.1)])
    for label in annotate(flat, world).values():
        assert (label.contrast_transmittance, label.lens_transmittance) == (1.0, 1.0)
    # What has no visible pixel has nothing to be dimmed.
    outside = annotate(flat, world, captured=weathered(world, air=fog(3.0)))["cards/1"]
    assert (outside.status, outside.contrast_transmittance) == ("hidden", 1.0)


def test_fog_turns_what_is_beyond_the_visibility_into_ignore_and_leaves_geometry_alone(flat):
    # A visibility of 1.95 m: the card on the floor is 1.99 m away, the one on a pole 1.5 m.
    cards = [flat.Card("card", -0.4, 0, 0.1, 0.1), flat.Card("disc", 0.4, 0, 0.1, 0.1, height=0.5)]
    world = flat.World(cards)
    policy = LabelPolicy(min_contrast_transmittance=0.05)
    clear = annotate(flat, world, policy)
    foggy = annotate(flat, world, policy, weathered(world, air=fog(np.log(20) / 1.95)))
    assert {name: label.status for name, label in foggy.items()} == {
        "floor": "unlabelled",
        "cards/0": "ignored",
        "cards/1": "labelled",
    }
    assert foggy["cards/0"].reasons == ("min_contrast_transmittance: 0.0470 is under 0.05",)
    geometry = ("visible_fraction", "truncation", "visible_pixels", "alone_pixels", "box_xyxy", "rle", "amodal_rle")
    for name, label in clear.items():
        assert [getattr(label, field) for field in geometry] == [getattr(foggy[name], field) for field in geometry]


def test_dirt_on_the_lens_has_a_rule_of_its_own(flat):
    world = flat.World([flat.Card("card", -0.4, 0, 0.1, 0.1), flat.Card("disc", 0.4, 0, 0.1, 0.1)])
    captured = weathered(world, lens=lambda column: np.where(column < 48, 0.02, 1.0))
    policy = LabelPolicy(
        min_contrast_transmittance=0.05,
        min_lens_transmittance=0.05,
        otherwise_by_rule={"min_lens_transmittance": "drop"},
    )
    labels = annotate(flat, world, policy, captured)
    assert (labels["cards/0"].status, labels["cards/1"].status) == ("dropped", "labelled")
    assert labels["cards/0"].reasons == ("min_lens_transmittance: 0.0200 is under 0.05",)


@pytest.mark.parametrize("wrong", [-0.01, 1.01, np.nan])
def test_a_transmittance_that_is_none_is_refused(flat, wrong):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1)])
    for what in ("air", "lens"):
        captured = weathered(world, **{what: lambda values: np.full(values.shape, wrong)})
        with pytest.raises(FrameError, match=r"^transmittances must be 0 to 1, got "):
            annotate(flat, world, captured=captured)


def linear(rgb):
    return (rgb / 255.0) ** 2.2


def as_picture(light):
    """8-bit values of linear light with the noise of a sensor: that of reading it, and that of the photons."""
    noise = rng_for(0, 0, "test.sensor").normal(0, 1, light.shape) * np.sqrt(0.004**2 + 0.02**2 * light)
    return np.rint(255 * np.clip(light + noise, 0, 1) ** (1 / 2.2)).astype(np.uint8)


HIDERS = {
    "dark": [lambda light, k=k: light * k for k in (1.0, 0.2, 0.03, 0.003)],
    "glare": [lambda light, k=k: light * (1 - k) + k for k in (0.0, 0.6, 0.95, 0.999)],
    # A card of 10 px; the blur takes place in the lens, before the noise.
    "blur": [lambda light, s=s: light if s == 0 else cv2.GaussianBlur(light, (0, 0), s) for s in (0, 4, 12, 60)],
}


@pytest.mark.parametrize("hider", HIDERS)
def test_apparent_contrast_falls_until_the_policy_ignores_what_nobody_sees(flat, hider):
    world = flat.World([flat.Card("card", 0, 0, 0.1, 0.1)])
    policy = LabelPolicy(min_apparent_contrast=1.0)
    seen = []
    for hide in HIDERS[hider]:
        captured = weathered(world, picture=lambda rgb, hide=hide: as_picture(hide(linear(rgb))))
        seen.append(annotate(flat, world, policy, captured)["cards/0"])
    contrasts = [label.apparent_contrast for label in seen]
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[0] > 4 > 1 > contrasts[-1]
    assert seen[0].status == "labelled"
    assert seen[-1].status == "ignored"
    assert seen[-1].reasons[0].startswith("min_apparent_contrast: ")
    assert {label.visible_fraction for label in seen} == {1.0}


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
