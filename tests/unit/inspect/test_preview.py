"""Contact sheets: what is drawn where, and in which colour."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from synthvision.annotate.config import LabelPolicy, PolicyRule
from synthvision.annotate.frame import annotate_frame
from synthvision.core.errors import UsageError
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.drawing import draw_frame
from synthvision.inspect.palette import class_colours, text_colour_on
from synthvision.inspect.preview import PreviewFrame, choose_evenly, contact_sheet, draw_contact_sheet, preview_dataset
from synthvision.inspect.statistics import IGNORE_CAUSES, count_labels, ignore_cause


def annotated(flat, cards, policy=LabelPolicy()):  # noqa: B008  frozen
    world = flat.World(cards, size_wh=(320, 240), focal=320)
    captured = world.capture()
    return captured, annotate_frame(world.scene, captured, world.library, policy, flat.classes).instances


def test_a_mask_is_tinted_towards_its_class_and_the_rest_is_left_alone(flat):
    captured, instances = annotated(flat, [flat.Card("disc", 0, 0, 0.2, 0.2)])
    colours = class_colours(flat.classes)
    drawn = draw_frame(captured.rgb_hwc, instances, colours, tags=False).astype(int)
    mask = decode_rle(next(label for label in instances if label.status == "labelled").rle)
    assert drawn.shape == captured.rgb_hwc.shape
    inside = drawn[120, 160] - captured.rgb_hwc[120, 160].astype(int)
    towards = np.array(colours["disc"]) - captured.rgb_hwc[120, 160].astype(int)
    assert inside @ towards > 0.15 * towards @ towards
    outside = np.abs(drawn - captured.rgb_hwc.astype(int)).max(axis=2)[~mask]
    assert np.median(outside) <= 12  # scaling noise up and down smooths it


def test_ignored_ones_are_grey_and_dropped_ones_are_not_drawn(flat):
    cards = [flat.Card("disc", -0.25, 0, 0.1, 0.1), flat.Card("disc", 0.25, 0, 0.1, 0.1)]
    colours = class_colours(flat.classes)
    pictures = {}
    for action in ("keep", "ignore", "drop"):
        policy = LabelPolicy(min_visible_pixels=10**6, otherwise=action)
        captured, instances = annotated(flat, cards, policy)
        pictures[action] = draw_frame(captured.rgb_hwc, instances, colours).astype(int)
    plain = draw_frame(captured.rgb_hwc, (), colours)
    assert (pictures["drop"] == plain).all()
    blue = pictures["keep"][100:140, 100:140] - pictures["ignore"][100:140, 100:140]
    assert blue[..., 2].mean() > 10
    assert blue[..., 0].mean() < -10


def test_every_rule_of_the_policy_has_a_word_for_what_hid_an_object(flat):
    assert set(IGNORE_CAUSES) == set(get_args(PolicyRule))
    captured, instances = annotated(flat, [flat.Card("disc", 0, 0, 0.2, 0.2)])
    label = next(item for item in instances if item.status == "labelled")
    foggy = replace(
        label, status="ignored", reasons=("min_side_px: 1", "min_contrast_transmittance: 0.01 is under 0.05")
    )
    assert ignore_cause(foggy) == "weather"
    assert ignore_cause(replace(label, status="ignored", reasons=())) == "policy"
    frames = {cause: replace(foggy, reasons=(f"{rule}: x",)) for rule, cause in IGNORE_CAUSES.items()}
    sheets = [
        contact_sheet([PreviewFrame(0, captured.rgb_hwc, (item,))], title="t", classes=flat.classes, cell_width=320)
        for item in (label, frames["weather"], frames["dirty lens"])
    ]
    # The legend stands between title and picture: it names what hid the object.
    legends = [sheet[120:190] for sheet in sheets]
    assert not (legends[0] == legends[1]).all()
    assert not (legends[1] == legends[2]).all()


@pytest.mark.parametrize("size_px", [(1, 1), (1, 40), (2, 3), (5, 4), (7, 7), (40, 2)])
@pytest.mark.parametrize("width", [60, 320, 640])
def test_the_smallest_boxes_can_be_drawn(flat, size_px, width):
    half = [(size - 0.01) / 2 * 2 / 320 for size in size_px]
    captured, instances = annotated(
        flat, [flat.Card("disc", 0.003, 0.003, *half, height=0.0)], LabelPolicy(min_side_px=1)
    )
    seen = [item for item in instances if item.role == "thing" and item.box_xyxy is not None]
    assert draw_frame(captured.rgb_hwc, seen, class_colours(flat.classes), width=width).shape[1] == width


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (3, 3), (4, 4), (12, 4)])
def test_the_sheet_has_room_for_every_frame(flat, count, columns):
    captured, instances = annotated(flat, [flat.Card("disc", 0, 0, 0.2, 0.2)])
    frames = [PreviewFrame(index, captured.rgb_hwc, instances) for index in range(count)]
    sheet = contact_sheet(frames, title="sheet", classes=flat.classes, cell_width=200)
    assert sheet.shape[1] >= columns * 200
    assert sheet.shape[0] >= -(-count // columns) * 150
    assert sheet.std() > 5


def test_a_data_set_becomes_a_png(make_dataset, tmp_path):
    root = make_dataset(5)
    path = tmp_path / "preview.png"
    preview_dataset(open_dataset(root), path, count=3)
    first = path.read_bytes()
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width > 1000
    preview_dataset(open_dataset(root), path, count=3)
    assert path.read_bytes() == first


def test_no_frame_no_sheet(flat, tmp_path):
    with pytest.raises(UsageError, match="one frame or more"):
        draw_contact_sheet([], tmp_path / "x.png", title="none", classes=flat.classes)


def test_frames_are_chosen_evenly():
    assert choose_evenly(range(48), 12) == list(range(0, 48, 4))
    assert choose_evenly([3, 5], 12) == [3, 5]
    assert choose_evenly([], 12) == []


def test_colours_differ_and_text_can_be_read():
    colours = class_colours([str(index) for index in range(21)])
    assert len(set(colours.values())) == 21
    assert text_colour_on((240, 228, 66)) != (255, 255, 255)
    assert text_colour_on((0, 60, 120)) == (255, 255, 255)


def test_statistics_count_by_class_status_and_size(make_dataset, flat):
    def cards(frame):
        if frame == 1:
            return []
        return [
            flat.Card("card", 0, 0, 0.3, 0.2),
            flat.Card("disc", 0, 0, 0.1, 0.1, height=0.02),
            flat.Card("tile", 0.96, 0, 0.1, 0.1),
            flat.Card("tile", 0.5, 0.5, 0.1, 0.1, 0.02, "distractor", None),
        ]

    dataset = open_dataset(make_dataset(2, cards=cards, policy=LabelPolicy(max_truncation=0.2)))
    found = count_labels(dataset.records(), flat.classes)
    assert (found.frames, found.empty_frames) == (2, 1)
    assert found.labelled == {"card": 1, "disc": 1, "tile": 0}
    assert found.ignored == {"card": 0, "disc": 0, "tile": 1}
    assert found.ignored_by == {"cut off": 1}
    assert found.reasons == {"max_truncation": 1}
    assert found.sizes == {"small": 2, "medium": 0, "large": 0}
    assert (found.occluded, found.truncated) == (1, 0)
    assert found.mean_visible_fraction == pytest.approx(0.935, abs=0.03)
