"""The report: one file that needs no other, the same bytes each time, with the numbers of the records."""

import base64
import io
import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.pages.charts import bar_chart, histogram, matrix_heat_map, picture_heat_map
from synthvision.dataset.failures import FailureLog
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse.facets import build_facets
from synthvision.inspect.browse.index import IndexBuilder
from synthvision.inspect.palette import class_colours
from synthvision.inspect.report.examples import EXAMPLE_WIDTH_PX, draw_example
from synthvision.inspect.report.numbers import (
    box_cover,
    class_rows,
    count_causes,
    count_pairs,
    count_refusals,
    count_together,
    find_extremes,
)
from synthvision.inspect.report.page import write_report

CLASSES = ("card", "disc", "tile")
POLICY = LabelPolicy(min_visible_pixels=60, min_visible_fraction=0.6, otherwise="ignore")


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("SYNTHVISION_CACHE", "")


@pytest.fixture
def folder(make_dataset):
    return make_dataset(frames=8, policy=POLICY)


def index_of(folder):
    dataset = open_dataset(folder)
    return IndexBuilder(dataset.layout, dataset.manifest.class_names, None).load()


def labelled(folder):
    return [
        (record.frame, item) for record in open_dataset(folder).records() for item in record.instances
        if item.status == "labelled"
    ]  # fmt: skip


class Reader(HTMLParser):
    """Reads a page, keeps what it links to, and finds tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.links += [values[key] for key in ("src", "href") if key in values]
        self.ids += [values["id"]] if "id" in values else []
        if tag not in ("meta", "img", "br") and not (
            tag in ("rect", "path") and self.get_starttag_text().endswith("/>")
        ):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "path"):
            assert self.open.pop() == tag


def test_the_file_is_whole_and_needs_no_other(folder):
    path = write_report(folder)
    assert path == folder / "report.html"
    text = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    inner = [link for link in reader.links if link.startswith("#")]
    assert {link[1:] for link in inner} <= set(reader.ids)
    assert len(inner) >= 6
    pictures = [link for link in reader.links if not link.startswith("#")]
    assert len(pictures) > 6
    for link in pictures:
        head, _, data = link.partition(",")
        assert head == "data:image/jpeg;base64"
        Image.open(io.BytesIO(base64.b64decode(data))).verify()
    assert "<script" not in text
    assert "default-src 'none'" in text


def test_the_same_data_set_gives_the_same_bytes_wherever_it_lies(folder, tmp_path):
    first = write_report(folder, tmp_path / "one.html", validate=True).read_bytes()
    moved = tmp_path / "elsewhere" / "another"
    shutil.copytree(folder, moved)
    assert write_report(moved, tmp_path / "two.html", validate=True).read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_the_class_table_is_that_of_the_records(folder):
    rows = class_rows(index_of(folder), CLASSES)
    for row in rows:
        own = [item for _, item in labelled(folder) if item.category == row.name]
        assert row.statuses[0] == len(own)
        assert row.frames == len({frame for frame, item in labelled(folder) if item.category == row.name})
        assert sum(row.sizes) == len(own)
        assert row.median_area_px == int(np.median([item.visible_pixels for item in own]))
        assert np.isclose(row.mean_visible, np.mean([item.visible_fraction for item in own]))
    text = write_report(folder).read_text(encoding="utf-8")
    line = re.search(r'<th scope="row"><span[^>]*></span>card</th>(.*?)</tr>', text)[1]
    assert [int(number) for number in re.findall(r"<td>([\d,]+)</td>", line)[:2]] == [
        rows[0].frames,
        rows[0].statuses[0],
    ]


def test_classes_that_come_together(folder):
    counts = count_together(index_of(folder), CLASSES)
    expected = np.zeros((3, 3), int)
    for frame in range(8):
        present = {CLASSES.index(item.category) for number, item in labelled(folder) if number == frame}
        for one in present:
            for other in present:
                expected[one, other] += 1
    assert np.array_equal(counts, expected)


def test_boxes_cover_the_cells_that_they_lie_on(folder):
    cover = box_cover(index_of(folder), (96, 64))  # a cell a pixel
    expected = np.zeros((64, 96))
    items = labelled(folder)
    for _, item in items:
        x1, y1, x2, y2 = item.box_xyxy
        expected[y1:y2, x1:x2] += 1 / len(items)
    assert np.allclose(cover, expected)


def test_causes_of_what_is_ignored(folder):
    causes = count_causes(index_of(folder), CLASSES)
    ignored = [
        item for record in open_dataset(folder).records() for item in record.instances if item.status == "ignored"
    ]
    assert sum(sum(by.values()) for by in causes.values()) == len(ignored) > 0
    assert set(causes) <= {"occluded", "tiny"}
    assert 'id="ignored"' in write_report(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize(("column", "largest"), [("area", False), ("visible", False), ("truncation", True)])
def test_extremes_are_the_extremes_one_a_picture(folder, column, largest):
    found = find_extremes(index_of(folder), column, 4, largest=largest)
    assert len({one.frame for one in found}) == len(found) == 4
    name = {"area": "visible_pixels", "visible": "visible_fraction", "truncation": "truncation"}[column]
    best = {}
    for frame, item in labelled(folder):
        value = float(np.float32(getattr(item, name)))
        best[frame] = max(best.get(frame, value), value) if largest else min(best.get(frame, value), value)
    expected = sorted(best.values(), reverse=largest)[:4]
    assert np.allclose([one.value for one in found], expected)


def test_refusals_of_a_scene_count_once(make_dataset):
    folder = make_dataset(frames=3, export=False)
    shard = open_dataset(folder).layout.shard(0)
    lines = []
    for line, scene in zip(shard.read_text().splitlines(), (0, 0, 1), strict=True):
        record = json.loads(line)
        record["scene"]["origin"]["scene_index"] = scene
        record["scene"]["rejections"] = {"objects.a: overlap": 5, "restarts": 1} if scene == 0 else {"restarts": 2}
        lines.append(json.dumps(record, sort_keys=True))
    shard.write_text("\n".join(lines) + "\n")
    assert count_refusals(index_of(folder)) == {"objects.a: overlap": 5, "restarts": 3}
    assert "objects.a: overlap" in write_report(folder).read_text(encoding="utf-8")


def test_pairs_of_levels(make_dataset):
    folder = make_dataset(frames=4, export=False)
    shard = open_dataset(folder).layout.shard(0)
    levels = [{"a": "x", "b": "p"}, {"a": "x", "b": "q"}, {"a": "y", "b": "q"}, {"a": "x", "b": "q"}]
    lines = [
        json.dumps(json.loads(line) | {"factor_levels": level}, sort_keys=True)
        for line, level in zip(shard.read_text().splitlines(), levels, strict=True)
    ]
    shard.write_text("\n".join(lines) + "\n")
    facets = build_facets(index_of(folder), {})
    a, b = "factor.a", "factor.b"
    assert count_pairs(facets, [a, b]) == {
        ((a, "x"), (a, "x")): 3, ((a, "y"), (a, "y")): 1, ((b, "p"), (b, "p")): 1, ((b, "q"), (b, "q")): 3,
        ((a, "x"), (b, "p")): 1, ((a, "x"), (b, "q")): 2, ((a, "y"), (b, "p")): 0, ((a, "y"), (b, "q")): 1,
    }  # fmt: skip
    text = write_report(folder).read_text(encoding="utf-8")
    assert "<title>a y and b p: 0</title>" in text


def test_examples_are_squares_with_the_object_in_the_middle(folder):
    dataset = open_dataset(folder)
    for number in range(8):
        frame = dataset.frame(number)
        for label in frame.labels():
            drawn = draw_example(frame, label.instance_id, class_colours(CLASSES))
            assert drawn.shape == (EXAMPLE_WIDTH_PX, EXAMPLE_WIDTH_PX, 3)
    with pytest.raises(DatasetError, match="object 999 must have a visible pixel"):
        draw_example(frame, 999, class_colours(CLASSES))


def test_failures_broken_pictures_and_broken_records_are_told(make_dataset):
    folder = make_dataset(frames=4)
    dataset = open_dataset(folder)
    FailureLog(dataset.layout).add(9, "PlacementError", "no room for <b>cones</b>", 3)
    dataset.frame(0).path("image").write_bytes(b"")
    shard = dataset.layout.shard(0)
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(b"".join(lines[:3]) + b'{"frame":3}\n')
    text = write_report(folder).read_text(encoding="utf-8")
    assert "frame 9: no room for &lt;b&gt;cones&lt;/b&gt; (tried 3 times)" in text
    assert "DATASET/images/0000/00000000.png must be a whole png image" in text
    assert "frame 3: its record is broken" in text
    assert str(folder) not in text


def test_findings_of_the_check_are_listed_on_request(make_dataset):
    folder = make_dataset(frames=2)
    assert 'id="findings"' not in write_report(folder).read_text(encoding="utf-8")
    sound = write_report(folder, validate=True).read_text(encoding="utf-8")
    path = open_dataset(folder).frame(1).path("image")
    path.write_bytes(path.read_bytes()[:-30])
    text = write_report(folder, validate=True).read_text(encoding="utf-8")
    found = re.search(r'<section id="findings">(.*?)</section>', text, re.S)[1]
    assert "frame 1" in found
    assert found != re.search(r'<section id="findings">(.*?)</section>', sound, re.S)[1]


def test_what_cannot_be_reported_is_refused(make_dataset, tmp_path):
    with pytest.raises(UsageError, match=r"a report needs one frame or more, but .* has none; render it first"):
        write_report(make_dataset(frames=0, export=False))
    with pytest.raises(DatasetError, match="there is none at"):
        write_report(tmp_path / "nowhere")


def test_bars_have_the_lengths_of_their_counts():
    text = bar_chart({"a": 10, "b": 5, "c": 0})
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', text)]
    assert len(widths) == 2
    assert np.isclose(widths[0], 2 * widths[1])
    assert bar_chart({}) == '<p class="none">none</p>'
    assert "&lt;x&gt;" in bar_chart({"<x>": 1})


def test_histograms_name_their_bins():
    text = histogram([4, 0, 2], [0.0, 1.0, 2.0], whole=True)
    assert re.findall(r"<title>(.*?)</title>", text) == ["0: 4", "1: 0", "2 and more: 2"]
    assert re.findall(r"<title>(.*?)</title>", histogram([4, 1], [0.0, 0.5])) == ["0 to 0.5: 4", "0.5 and more: 1"]
    assert histogram([0, 0], [0.0, 1.0]) == '<p class="none">none</p>'


def test_heat_maps_hold_their_numbers():
    text = matrix_heat_map(["a", "b"], np.array([[7, 3], [3, 4]]))
    assert re.findall(r"<title>(.*?)</title>", text) == ["a and a: 7", "a and b: 3", "b and a: 3", "b and b: 4"]
    cover = np.array([[0.0, 0.5]])
    fills = re.findall(r'fill="(#\w+)"', picture_heat_map(cover, 2.0))
    assert fills == ["#21262e", "#bee1f5"]
