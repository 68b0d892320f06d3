"""What the page is told: labels as the records have them, pictures, thumbnails, records, and clear refusals."""

import json
import os
import shlex
import sqlite3

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse.browser import MAX_BATCH, Browser
from synthvision.inspect.browse.cache import cache_limit_bytes, cache_root, dataset_cache, drop_oldest
from synthvision.inspect.browse.layers import colour_layer, probe_layer
from synthvision.inspect.browse.overlays import class_skeletons, frame_overlays
from synthvision.inspect.browse.thumbnails import THUMBNAIL_WIDTH_PX, ThumbnailStore, make_thumbnail
from synthvision.inspect.browse.tree import open_branch
from synthvision.inspect.palette import class_colours


def test_about_tells_what_the_data_set_is(make_dataset):
    browser = Browser(make_dataset(frames=3))
    about = browser.about()
    json.dumps(about)
    assert (about["name"], about["frames"], about["expected"], about["failed"]) == ("flat", 3, 3, 0)
    assert about["layers"] == ["depth", "ids", "image", "normals", "semantic"]
    assert [one["name"] for one in about["classes"]] == ["card", "disc", "tile"]
    assert about["classes"][0]["colour"] == "#e69f00"
    keys = [facet["key"] for facet in about["facets"]]
    assert keys[:3] == ["class", "status", "size"]


def test_a_page_has_places_counts_and_sizes(make_dataset):
    folder = make_dataset(frames=5)
    browser = Browser(folder)
    page = browser.page([("class", "disc")], 0, 10)
    counts = {
        record.frame: sum(item.category == "disc" and item.status == "labelled" for item in record.instances)
        for record in open_dataset(folder).records()
    }
    assert dict(zip(page["frames"], page["counts"], strict=True)) == {k: v for k, v in counts.items() if v}
    assert page["sizes"] == [[96, 64]] * len(page["frames"])
    second = browser.page([("class", "disc")], 1, 1)
    assert second["frames"] == page["frames"][1:2]
    assert browser.place([("class", "disc")], page["frames"][1]) == 1
    assert browser.place([("class", "disc")], 999) is None
    with pytest.raises(UsageError, match="a page must be 1 to 1000 frames from 0 on, got 5000 from 0"):
        browser.page([], 0, 5000)


def test_labels_of_a_frame_are_those_of_the_record(make_dataset):
    folder = make_dataset(frames=2)
    detail = Browser(folder).frame(1)
    json.dumps(detail)
    record = open_dataset(folder).frame(1).record
    assert {item["id"] for item in detail["objects"]} == {item.instance_id for item in record.instances}
    for item in detail["objects"]:
        label = next(one for one in record.instances if one.instance_id == item["id"])
        assert item["box"] == label.box_xyxy
        assert item["status"] == label.status
        if label.rle is not None:
            area = coco.area({"size": list(label.rle.size), "counts": item["rle"].encode()})
            assert area == label.visible_pixels == item["area"]
    assert detail["command"] == f"synthvision replay {folder} --frame 1"
    assert detail["position"] == 1


def test_near_objects_come_last_so_that_they_are_drawn_over_far_ones(make_dataset):
    folder = make_dataset(frames=1)
    depths = {item.instance_id: item.bbox_3d.centre_m[2] for item in open_dataset(folder).frame(0).record.instances}
    drawn = [depths[item["id"]] for item in Browser(folder).frame(0)["objects"]]
    assert len(set(drawn)) > 3
    assert drawn == sorted(drawn, reverse=True)


def test_what_passes_the_filters_is_marked(make_dataset):
    browser = Browser(make_dataset(frames=2))
    for item in browser.frame(0, [("class", "disc")])["objects"]:
        assert item["match"] == (item["category"] == "disc" and item["status"] == "labelled")
    assert "match" not in browser.frame(0)["objects"][0]
    (labels,) = browser.labels([1], ["masks"], [("size", "small")])
    assert any(item["match"] for item in labels["objects"])
    assert all("corners" not in item and "amodal_rle" not in item for item in labels["objects"])


def test_the_folder_is_quoted_for_the_shell(make_dataset):
    folder = make_dataset(frames=1, folder="it's a set")
    command = Browser(folder).frame(0)["command"]
    assert shlex.split(command) == ["synthvision", "replay", str(folder), "--frame", "0"]


def test_large_masks_are_left_out_and_counted(make_dataset, monkeypatch):
    folder = make_dataset(frames=1)
    record = open_dataset(folder).frame(0).record
    monkeypatch.setattr("synthvision.inspect.browse.overlays._MAX_RUN_LETTERS", 30)
    answer = frame_overlays(record, class_colours(("card", "disc", "tile")), ("masks",))
    assert answer["left_out"] == sum("rle" not in item for item in answer["objects"]) > 0


def test_skeletons_are_those_of_the_classes(make_dataset):
    manifest = open_dataset(make_dataset(frames=1)).manifest
    assert class_skeletons(manifest) == {}
    joined = manifest.classes[0].model_copy(update={"skeleton": (("left", "right"),)})
    with_lines = manifest.model_copy(update={"classes": (joined, *manifest.classes[1:])})
    assert class_skeletons(with_lines) == {joined.name: (("left", "right"),)}


def test_layers_as_pictures_and_numbers(make_dataset):
    folder = make_dataset(frames=1)
    browser, frame = Browser(folder), open_dataset(folder).frame(0)
    for name in ("image", "depth", "normals", "ids", "semantic"):
        picture = browser.pictures.picture(name, 0)
        decoded = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded.shape == (64, 96, 3)
    assert np.array_equal(decoded.shape, frame.rgb().shape)
    values = browser.pictures.probe(0, 50, 30)
    assert values["depth"] == [float(f"{frame.depth()[30, 50]:.6g}")]
    assert values["ids"] == [float(frame.ids()[30, 50])]
    with pytest.raises(DatasetError, match="a pixel of depth must be inside 96 x 64, got 96, 0"):
        browser.pictures.probe(0, 96, 0)


def test_depth_is_red_where_near_and_dark_where_nothing_is():
    depth = np.full((4, 4), np.inf, np.float32)
    depth[0] = 1.0
    depth[1] = 100.0
    shown, note = colour_layer("depth", depth)
    assert shown[0, 0, 0] > shown[0, 0, 2]
    assert shown[1, 0, 2] > shown[1, 0, 0]
    assert shown[2, 0].tolist() == [20, 23, 28]
    assert note == "red: 1 m and nearer, blue: 100 m and farther"
    assert probe_layer("depth", depth, 0, 3) == [None]


def test_flow_has_its_direction_as_hue():
    flow = np.zeros((1, 3, 2), np.float32)
    flow[0, 0] = (8, 0)
    flow[0, 1] = (-8, 0)
    flow[0, 2] = np.nan
    shown, _ = colour_layer("flow_forward", flow)
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert shown[0, 1].tolist() == [0, 255, 255]
    assert shown[0, 2].tolist() == [20, 23, 28]


def test_normals_that_face_the_camera_are_blue():
    normals = np.zeros((1, 2, 3), np.float32)
    normals[0, 0] = (0, 0, -1)
    shown, _ = colour_layer("normals", normals)
    assert shown[0].tolist() == [[127, 127, 255], [20, 23, 28]]


def test_a_missing_layer_names_what_to_do(make_dataset):
    browser = Browser(make_dataset(frames=1, output=OutputConfig()))
    with pytest.raises(DatasetError, match=r"has only: image; 'synthvision replay .* --layers depth' makes them"):
        browser.pictures.picture("depth", 0)


def test_a_broken_picture_is_an_error_and_not_half_a_picture(make_dataset):
    folder = make_dataset(frames=2)
    path = open_dataset(folder).frame(0).path("image")
    path.write_bytes(path.read_bytes()[:-40])
    browser = Browser(folder)
    for ask in (browser.thumbnail, lambda frame: browser.pictures.picture("image", frame)):
        with pytest.raises(DatasetError, match="must be a whole png image"):
            ask(0)
        assert ask(1).data
    path.unlink()
    with pytest.raises(DatasetError, match="No such file"):
        browser.thumbnail(0)


def test_nothing_outside_of_the_data_set_is_sent(make_dataset, tmp_path):
    folder = make_dataset(frames=2)
    path = open_dataset(folder).frame(0).path("image")
    secret = tmp_path / "secret.png"
    path.rename(secret)
    path.symlink_to(secret)
    browser = Browser(folder)
    with pytest.raises(DatasetError, match=r"must lie inside .*, but leads out of it"):
        browser.thumbnail(0)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["layers"]["image"]["folder"] = "../../.."
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DatasetError, match="leads out of it"):
        Browser(folder).pictures.picture("image", 1)


def test_a_broken_record_is_told_where_it_is_asked_for(make_dataset):
    folder = make_dataset(frames=3)
    shard = open_dataset(folder).layout.shard(0)
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(lines[0] + lines[1].replace(b'"instances"', b'"instanzes"') + lines[2])
    browser = Browser(folder)
    with pytest.raises(DatasetError, match="frame 1: must be a whole frame record"):
        browser.frame(1)
    answers = browser.labels([0, 1, 2], [])
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert browser.page([], 0, 10)["broken"] == [False, True, False]
    with pytest.raises(DatasetError, match=r"frame 7 is not in .*, which holds 3 frames"):
        browser.frame(7)
    with pytest.raises(UsageError, match=f"at most {MAX_BATCH} frames"):
        browser.labels(range(MAX_BATCH + 1), [])


def test_a_shard_that_was_written_anew_is_found_again(make_dataset):
    folder = make_dataset(frames=3)
    browser = Browser(folder)
    shard = open_dataset(folder).layout.shard(0)
    lines = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(lines[0] + lines[2])  # the third line has moved since the index was made
    assert browser.record(2).frame == 2


def test_the_tree_opens_branch_by_branch(make_dataset):
    browser = Browser(make_dataset(frames=1))
    top = browser.branch(0, [], 0)
    keys = {child["key"]: child for child in top["children"]}
    assert keys["frame"]["value"] == 0
    assert keys["instances"]["kind"] == "list"
    first = browser.branch(0, ["instances", "0"], 0)
    assert {"key": "instance_id", "value": 1} in first["children"]
    with pytest.raises(UsageError, match="a record has nothing at instances / 99"):
        browser.branch(0, ["instances", "99"], 0)


def test_the_tree_is_bounded():
    record = {"long": list(range(1000)), "text": "x" * 1000}
    page = open_branch(record, ["long"], 200)
    assert page["total"] == 1000
    assert [child["key"] for child in page["children"]] == [str(index) for index in range(200, 400)]
    (text,) = [child["value"] for child in open_branch(record, [])["children"] if child["key"] == "text"]
    assert len(text) == 301


def test_thumbnails_are_made_once_and_again_for_another_picture(tmp_path):
    store = ThumbnailStore(tmp_path, 1 << 20)
    store.put(3, "a", b"one")
    assert (store.get(3, "a"), store.get(3, "b"), store.get(4, "a")) == (b"one", None, None)
    store.put(3, "b", b"two")
    assert (store.get(3, "a"), store.get(3, "b"), len(store)) == (None, b"two", 1)
    store.close()
    assert ThumbnailStore(tmp_path, 1 << 20).get(3, "b") == b"two"


def test_thumbnails_are_bounded_and_the_oldest_go_first(tmp_path):
    store = ThumbnailStore(tmp_path, 10_000)
    for frame in range(40):
        store.put(frame, "", bytes(1000))
    assert len(store) <= 10
    assert store.get(39, "") is not None
    assert store.get(0, "") is None
    store.put(50, "", bytes(20_000))
    assert store.get(50, "") is None


def test_a_spoilt_file_of_thumbnails_is_replaced(tmp_path):
    (tmp_path / "thumbnails.sqlite").write_bytes(b"no database" * 100)
    store = ThumbnailStore(tmp_path, 1 << 20)
    store.put(1, "", b"jpeg")
    assert store.get(1, "") == b"jpeg"
    store.close()
    assert sqlite3.connect(tmp_path / "thumbnails.sqlite").execute("SELECT count(*) FROM thumbnail").fetchone() == (1,)


def test_large_pictures_get_a_small_jpeg_that_is_kept(make_dataset, cache):
    folder = make_dataset(frames=1)
    big = rng_for(0, 0, "test.picture").integers(0, 255, (480, 640, 3)).astype(np.uint8)
    jpeg = make_thumbnail(big)
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (240, THUMBNAIL_WIDTH_PX, 3)
    path = open_dataset(folder).frame(0).path("image")
    path.write_bytes(bytes(cv2.imencode(".png", big)[1]))
    browser = Browser(folder)
    first = browser.pictures.thumbnail(0, 640)
    assert first.media_type == "image/jpeg"
    (base,) = cache.rglob("thumbnails.sqlite")
    assert sqlite3.connect(base).execute("SELECT count(*) FROM thumbnail").fetchone() == (1,)
    assert Browser(folder).pictures.thumbnail(0, 640) == first


def test_the_cache_is_outside_of_the_data_set_and_bounded(make_dataset, cache, monkeypatch):
    folder = make_dataset(frames=1)
    before = sorted(path.name for path in folder.rglob("*"))
    Browser(folder)
    assert sorted(path.name for path in folder.rglob("*")) == before
    (kept,) = cache.iterdir()
    assert (kept / "index" / "00000.columns").is_file()
    old = cache / "old"
    old.mkdir()
    (old / "x").write_bytes(bytes(5000))
    os.utime(old, (1, 1))
    drop_oldest(cache, kept, 1 << 30)
    assert old.exists()
    drop_oldest(cache, kept, 100)
    assert not old.exists()
    assert kept.exists()
    monkeypatch.setenv("SYNTHVISION_CACHE_MIB", "7")
    assert cache_limit_bytes() == 7 << 20
    assert dataset_cache(cache, folder) == kept
    monkeypatch.setenv("SYNTHVISION_CACHE", "")
    assert cache_root() is None
    assert Browser(folder).page([], 0, 5)["frames"] == [0]


def test_a_growing_data_set_is_refreshed(make_dataset, tmp_path, monkeypatch):
    folder = make_dataset(frames=3, merge=False, export=False)
    layout = open_dataset(folder).layout
    aside = tmp_path / "part.json"
    layout.part(2).rename(aside)
    browser = Browser(folder)
    assert (browser.about()["frames"], browser.about()["expected"]) == (2, 3)
    aside.rename(layout.part(2))
    monkeypatch.setattr("synthvision.inspect.browse.index.time.monotonic", lambda: 1e9)
    assert browser.about()["frames"] == 3
    assert browser.frame(2)["frame"] == 2


def test_a_folder_that_is_no_data_set_is_told(tmp_path):
    with pytest.raises(DatasetError, match="a data set must be a folder, but there is none"):
        Browser(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"must be a data set, but has no manifest\.json"):
        Browser(tmp_path)
