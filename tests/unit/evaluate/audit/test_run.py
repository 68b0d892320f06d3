"""An audit of a set on disk: counts, faults, need and page."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.need import load_need
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.page import audit_page
from synthvision.evaluate.audit.run import audit_set
from synthvision.evaluate.labelled_set import open_set

SPEC = AuditSpec(over=("class", "size", "occlusion"), fewest=3)


@pytest.fixture
def real(tmp_path):
    """Eight pictures with a red square each, class by turn; the last box holds nothing."""
    images, annotations = [], []
    rng = rng_for(0, 0, "test.audit")
    for number in range(8):
        pixels = np.clip(rng.normal(150, 8, (120, 160, 3)), 0, 255).astype(np.uint8)
        x = 10 + 12 * number
        if number < 7:
            pixels[30:60, x : x + 30] = (30, 40, 200)
        cv2.imwrite(str(tmp_path / f"{number}.png"), pixels)
        images.append({"id": number + 1, "file_name": f"{number}.png", "width": 160, "height": 120})
        box = [x, 30, 30, 30]
        annotations.append({"id": number + 1, "image_id": number + 1, "category_id": 1 + number % 2, "bbox": box})
    annotations.append({"id": 90, "image_id": 1, "category_id": 1, "bbox": [200, 5, 10, 10]})
    annotations.append({"id": 91, "image_id": 2, "category_id": 2, "bbox": [5, 5, 0, 10]})
    data = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}, {"id": 3, "name": "a <b> & c"}],
    }
    path = tmp_path / "real.json"
    path.write_text(json.dumps(data))
    return path


def test_counts_faults_and_need(real, tmp_path):
    report = audit_set(open_set(real), SPEC)
    assert (len(report.labelled), report.objects) == (8, 8)
    counts = {str(cell): cell.objects for cell in report.cells}
    assert (counts["class car"], counts["class bus"], counts["class a <b> & c"]) == (4, 4, 0)
    assert counts["size large, occlusion free"] == 8
    assert report.suspicions_by_kind() == {"empty": 1, "outside": 1, "no contrast": 1}
    assert next(each for each in report.suspicious if each.kind == "no contrast").file == "7.png"
    thin = [str(cell) for cell in report.thin]
    assert thin[:3] == ["class a <b> & c", "size small", "size medium"]
    assert not any("a <b> & c," in name for name in thin)
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(report.to_json()))
    need = load_need(path)
    assert [(dict(cell.levels), cell.count) for cell in need.cells] == [
        (dict(cell.levels), cell.missing) for cell in report.thin
    ]
    assert "class: car 4 (50%), bus 4 (50%)" in report.text()


def test_the_page_is_whole_and_needs_nothing(real):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.sources = [], []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img", "br", "rect", "line"):
                self.open.append(tag)
            self.sources += [value for key, value in attrs if key in ("src", "href")]

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

        def handle_startendtag(self, tag, attrs):
            self.sources += [value for key, value in attrs if key in ("src", "href")]

    labelled = open_set(real)
    text = audit_page(audit_set(labelled, AuditSpec(fewest=3)))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) for source in reader.sources)
    assert "a &lt;b&gt; &amp; c" in text
    assert "a <b>" not in text
    assert str(labelled.photos.root.parent) not in text
    assert text == audit_page(audit_set(labelled, AuditSpec(fewest=3)))


def test_a_set_that_lacks_nothing_has_no_need(real, tmp_path):
    report = audit_set(open_set(real), AuditSpec(over=("class",), fewest=0))
    assert report.need() is None
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(report.to_json()))
    with pytest.raises(UsageError, match="nothing is needed"):
        load_need(path)
    assert "No cell is thin" in audit_page(report)


def test_a_folder_without_boxes_is_refused(real, tmp_path):
    with pytest.raises(UsageError, match="needs labelled boxes"):
        audit_set(open_set(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be a JSON file"),
        ("{}", "cells: Field required"),
        ('{"cells": [{"levels": {}}]}', "cells.0.levels"),
        ('{"cells": [{"levels": {"class": "car"}, "count": 0}]}', "cells.0.count"),
    ],
)
def test_a_file_that_is_no_need_is_refused(tmp_path, text, message):
    path = tmp_path / "need.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_need(path)
