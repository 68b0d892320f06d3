"""Tasks for Label Studio, read back by its rules: percent of the picture, and the brush's stream of bits."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.export.brush_rle import encode_brush
from synthvision.export.label_studio import LabelStudioExporter
from synthvision.export.parts import Parts

# NumPy 2 warns about how pycocotools 2.0 makes arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def read_brush(rle, size_hw):
    """Read the stream as its form is published, bit by bit: where the fourth value of a pixel is not 0, it is on."""
    bits = "".join(f"{byte:08b}" for byte in rle)
    place = 0

    def take(count):
        nonlocal place
        place += count
        return int(bits[place - count : place], 2)

    total, value_bits = take(32), take(5) + 1
    sizes = [take(4) + 1 for _ in range(4)]
    values = []
    while len(values) < total:
        repeated = take(1)
        count = take(sizes[take(2)]) + 1
        values += [take(value_bits)] * count if repeated else [take(value_bits) for _ in range(count)]
    assert len(values) == total
    assert len(bits) - place < 8
    return np.array(values).reshape(*size_hw, 4)


def regions_of(task, kind="annotations"):
    """Return the shapes of each object, and the choices of each region."""
    (made,) = task[kind]
    shapes, states = {}, {}
    for result in made["result"]:
        assert result["to_name"] == "image"
        if result["type"] == "choices":
            states[result["id"]] = result["value"]["choices"]
        else:
            shapes.setdefault(result["meta"]["text"][0].removeprefix("object "), []).append(result)
    return shapes, states


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (64, 96), (130, 400)])
def test_brushes_come_back_at_any_share_of_pixels(size):
    for share in (0.0, 0.02, 0.5, 1.0):
        mask = rng_for(0, size[0], "test.brush").random(size) < share
        if size[0] == 130 and share == 0.5:
            mask[:, :] = np.arange(400) < 200  # long runs and short ones of the same stream
        values = read_brush(encode_brush(mask), size)
        np.testing.assert_array_equal(values, np.repeat(mask[..., None] * 255, 4, axis=2))


def test_a_known_brush():
    # Two pixels: 8 values as 32 bits, 8-bit values, counts of 3, 4, 8 or 16 bits; then twice 1, size 00, 4 - 1, value.
    bits = f"{8:032b}" + "00111" + "0010" + "0011" + "0111" + "1111" + "100011" + f"{255:08b}" + "100011" + f"{0:08b}"
    wanted = [int(bits[start : start + 8].ljust(8, "0"), 2) for start in range(0, len(bits), 8)]
    assert encode_brush(np.array([[True, False]])) == wanted


@pytest.mark.parametrize("shapes", ["brush", "polygon", "rectangle"])
def test_a_hundred_frames_come_back(awkward, tmp_path, shapes):
    dataset = open_dataset(awkward)
    exporter = load_plugin("exporters", "labelstudio")(shapes=shapes)
    path = exporter.export(dataset, tmp_path / "out", Parts.whole())
    tasks = json.loads(path.read_text())
    assert len(tasks) == 100
    interface = ElementTree.parse(tmp_path / "out/interface.xml").getroot()
    control = interface.find(f"{shapes.capitalize()}Labels")
    assert [label.get("value") for label in control] == list(dataset.manifest.class_names)
    assert len({label.get("background") for label in control}) == 4
    kind = control.tag.lower()
    ignored = 0
    for frame, task in zip(dataset, tasks, strict=True):
        url = task["data"]["image"]
        assert url.startswith("/data/local-files/?d=train/images/")
        picture = tmp_path / "out" / unquote(url.partition("?d=")[2])
        assert picture.read_bytes() == frame.path("image").read_bytes()
        found, states = regions_of(task)
        truth = {label.name: label for label in frame.labels("labelled", "ignored")}
        assert found.keys() == truth.keys()
        ids = [region["id"] for regions in found.values() for region in regions]
        assert len(set(ids)) == len(ids)
        for name, label in truth.items():
            filled = np.zeros((64, 96), bool)
            for region in found[name]:
                assert (region["type"], region["value"][kind]) == (kind, [label.category])
                assert (region["original_width"], region["original_height"]) == (96, 64)
                wanted = [("ignored", label.status == "ignored"), ("occluded", label.visible_fraction < 1)]
                assert states.get(region["id"], []) == [state for state, there in wanted if there]
                filled |= fill(region["value"], shapes)
            if shapes == "rectangle":
                x1, y1, x2, y2 = label.box_xyxy
                assert filled[y1:y2, x1:x2].all()
                assert filled.sum() == (x2 - x1) * (y2 - y1)
            else:
                np.testing.assert_array_equal(filled, decode_rle(label.rle))
            ignored += label.status == "ignored"
    assert ignored > 10
    assert exporter.notes == (f"ignored instances, which only the choice 'ignored' tells from the others: {ignored}",)


def fill(value, shapes):
    """Return the pixels of a region of a picture of 96 x 64 px."""
    if shapes == "brush":
        return read_brush(value["rle"], (64, 96))[..., 3] > 0
    if shapes == "polygon":
        points = np.array(value["points"]) * (0.96, 0.64)
        return coco_mask.decode(coco_mask.frPyObjects([points.ravel().tolist()], 64, 96))[..., 0] > 0
    whole = np.zeros((64, 96), bool)
    x, y = value["x"] * 0.96, value["y"] * 0.64
    corners = [x, y, x + value["width"] * 0.96, y + value["height"] * 0.64]
    np.testing.assert_allclose(corners, np.round(corners), atol=1e-9)
    x1, y1, x2, y2 = (round(corner) for corner in corners)
    whole[y1:y2, x1:x2] = True
    return whole


def test_predictions_name_what_made_them_and_pictures_may_lie_elsewhere(make_awkward, tmp_path):
    exporter = LabelStudioExporter(kind="predictions", shapes="rectangle", picture_url="https://example.org/größe/")
    tasks = json.loads(exporter.export(open_dataset(make_awkward(1)), tmp_path / "out", Parts.whole()).read_text())
    assert "annotations" not in tasks[0]
    assert tasks[0]["predictions"][0]["model_version"] == "synthvision test"
    assert tasks[0]["data"]["image"] == "https://example.org/größe/train/images/0000/00000000.png"
    assert len(regions_of(tasks[0], "predictions")[0]) > 2


def test_parts_and_a_second_run(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(6))
    parts = Parts.of_frames({"train": [0, 1, 2], "val": [4, 5], "empty": []})
    outs = [LabelStudioExporter().export(dataset, tmp_path / name, parts) for name in "ab"]
    first, second = (
        {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in outs
    )
    assert first == second
    assert {name: len(json.loads(first[f"{name}/tasks.json"])) for name in ("train", "val", "empty")} == {
        "train": 3, "val": 2, "empty": 0
    }  # fmt: skip
