"""What lies on disk between runs: detections and the ledger of test reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.evaluate.accuracy.accuracy import evaluate_detections
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.sim2real.ledger import count_test_reads, record_test_read
from synthvision.evaluate.sim2real.saved_detections import load_detections, save_detections


def test_detections_come_back_and_are_cocos(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]], tmp_path: Path
) -> None:
    pictures = random_set(0)
    found = find_with(pictures, 0)
    save_detections(tmp_path / "d.json", found)
    again = load_detections(tmp_path / "d.json", len(pictures))
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.score_n, other.score_n)
        np.testing.assert_array_equal(one.class_n, other.class_n)
        np.testing.assert_array_equal(one.box_xyxy_n4, other.box_xyxy_n4)
    before, after = (evaluate_detections(pictures, one, pictures.classes) for one in (found, again))
    assert before == after
    first = json.loads((tmp_path / "d.json").read_text())[0]
    assert set(first) == {"image_id", "category_id", "bbox", "score"}
    with pytest.raises(UsageError, match="must hold the detections of 3 pictures"):
        load_detections(tmp_path / "d.json", 3)


def test_readings_of_the_test_part_are_counted_by_its_pictures(tmp_path: Path) -> None:
    ledger = tmp_path / "test_reads.json"
    assert count_test_reads(ledger, "a") == 0
    assert record_test_read(ledger, "a", "run1", ("real",), 9) == 1
    assert record_test_read(ledger, "a", "run1", ("real",), 9) == 1
    assert record_test_read(ledger, "a", "run2", ("real",), 9) == 2
    assert record_test_read(ledger, "b", "run2", ("real",), 4) == 1
    assert count_test_reads(ledger, "a") == 2
    ledger.write_text("{}")
    with pytest.raises(UsageError, match="must be the list of readings of the test part"):
        count_test_reads(ledger, "a")
