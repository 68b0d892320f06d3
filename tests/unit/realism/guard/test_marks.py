"""Pictures that a person marked."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.core.errors import DatasetError
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.guard.guard import Guard
from synthvision.realism.guard.marks import MarkedInstance, MarkedPicture, load_marks, save_unmarked, score_marks


def marked(drawn, refined, marks, strange=False, name="00000001"):
    instances = tuple(MarkedInstance(id=i, category="thing", still_true=mark) for i, mark in enumerate(marks, start=1))
    return MarkedPicture(name, drawn.rgb, refined, drawn.ids, strange, instances)


def erased(drawn, number):
    wide = cv2.dilate((drawn.ids == number).view(np.uint8), np.ones((7, 7), np.uint8))
    return cv2.inpaint(drawn.rgb, wide, 5, cv2.INPAINT_NS)


def test_pictures_come_back_as_they_were_saved(drawn, tmp_path):
    picture = marked(drawn, 255 - drawn.rgb, [True, None, False, True], strange=None)
    save_unmarked(tmp_path / "sheet", [picture])
    (back,) = load_marks(tmp_path / "sheet")
    for name in ("render_hwc", "refined_hwc", "id_hw"):
        np.testing.assert_array_equal(getattr(back, name), getattr(picture, name))
    assert (back.name, back.strange, back.instances) == (picture.name, None, picture.instances)
    assert [label.box_xyxy for label in back.labels()] == [label.box_xyxy for label in drawn.labels]


def test_the_report_counts_where_guard_and_person_agree(drawn):
    guard = Guard(GuardSpec(), Path(), "cpu")
    made_up = drawn.rgb.copy()
    cv2.rectangle(made_up, (104, 70), (136, 104), (250, 30, 200), -1)
    pictures = [
        marked(drawn, erased(drawn, 1), [False, True, True, None]),
        marked(drawn, erased(drawn, 2), [False, True, True, True], name="00000002"),
        marked(drawn, made_up, [None] * 4, strange=True, name="00000003"),
    ]
    report = score_marks(guard, iter(pictures))
    assert (report.untrue, report.caught) == (2, 1)
    assert (report.true, report.false_alarms) == (5, 1)
    assert (report.strange, report.strange_caught, report.plain, report.plain_alarms) == (1, 1, 2, 0)
    assert [(name, number) for name, number, _ in report.wrong] == [("00000002", 1), ("00000002", 2)]
    assert json.loads(json.dumps(report.to_json()))["caught"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "pictures: Field required"),
        ('{"pictures": []}', "pictures: Tuple should have at least 1 item"),
        ('{"pictures": [{"name": "../a", "instances": []}]}', "pictures.0.name: String should match"),
        ('{"pictures": [{"name": "a", "instances": [{"id": 0, "category": "x"}]}]}', "pictures.0.instances.0.id"),
        ("no json", "Invalid JSON"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path, text, message):
    (tmp_path / "marks.json").write_text(text)
    with pytest.raises(DatasetError, match=rf"marks\.json: .*{message}"):
        list(load_marks(tmp_path))


def test_missing_and_unequal_pictures_are_named(drawn, tmp_path):
    with pytest.raises(DatasetError, match=r"marks\.json must be readable"):
        list(load_marks(tmp_path))
    save_unmarked(tmp_path, [marked(drawn, drawn.rgb, [True] * 4)])
    cv2.imwrite(str(tmp_path / "00000001_ids.png"), np.zeros((10, 10), np.uint16))
    with pytest.raises(DatasetError, match="must be of one size and its ids 16-bit"):
        list(load_marks(tmp_path))
    (tmp_path / "00000001_refined.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"00000001_refined\.png must be a whole PNG"):
        list(load_marks(tmp_path))
