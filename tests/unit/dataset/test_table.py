"""Data sets as pandas tables, against the records they come from."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import MissingExtraError
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset

PICTURE_ONLY = OutputConfig()


@pytest.fixture
def dataset(make_dataset, flat):
    def cards(frame):
        if frame == 1:
            return []
        return [
            flat.Card("card", 0.0, 0.0, 0.2, 0.1),
            flat.Card("card", 0.96, 0.0, 0.2, 0.1),
            flat.Card("tile", 0.0, 0.0, 0.05, 0.05, 0.005),
            flat.Card("disc", -0.5, 0.2, 0.1, 0.1, 0.02, "distractor", None),
        ]

    policy = LabelPolicy(max_truncation=0.2)
    return open_dataset(make_dataset(3, cards=cards, policy=policy, output=PICTURE_ONLY, export=False))


def test_each_target_is_a_row_with_the_numbers_of_its_record(dataset):
    table = dataset.table()
    wanted = [(f.index, i) for f in dataset for i in f.labels("labelled", "ignored", "dropped", "hidden")]
    assert len(table) == len(wanted) == 6
    for (frame, label), row in zip(wanted, table.itertuples(), strict=True):
        assert (row.frame, row.instance_id, row.name, row.status) == (
            frame,
            label.instance_id,
            label.name,
            label.status,
        )
        assert row.area == label.visible_pixels
        if label.box_xyxy is None:
            assert math.isnan(row.x1)
            assert math.isnan(row.y2)
        else:
            assert (row.x1, row.y1, row.x2, row.y2) == label.box_xyxy
        assert (row.amodal_x1, row.amodal_y1, row.amodal_x2, row.amodal_y2) == label.amodal_box_xyxy
        assert row.visible_fraction == pytest.approx(label.visible_fraction)
        assert row.truncation == pytest.approx(label.truncation)
        assert (row.x_m, row.y_m, row.z_m) == pytest.approx(label.pose.position_m)
        assert (row.qw, row.qx, row.qy, row.qz) == pytest.approx(label.pose.rotation_wxyz)
        assert row.distance_m == pytest.approx(np.linalg.norm(label.bbox_3d.centre_m))
        assert row.asset == f"flat/{label.category}"


def test_known_answers(dataset):
    table = dataset.table("labelled")
    first = table.iloc[0]
    # A card of 0.4 x 0.2 m, 1.99 m below a camera with a focal length of 100 px.
    assert (first["x2"] - first["x1"], first["y2"] - first["y1"]) == (20, 10)
    assert first["z_m"] == pytest.approx(1.99)
    assert (first["class"], first["attributes.shape"], first["weather.rain"]) == ("card", "card", "none")
    assert (first["scale_x"], first["weight"], first["camera"]) == (pytest.approx(0.2), 1.0, "camera")
    reasons = dataset.table("ignored")["reasons"]
    assert set(reasons) == {"max_truncation"}


def test_statuses_filter_and_text_is_categorical_with_all_classes(dataset):
    table = dataset.table()
    assert table["status"].value_counts().to_dict() == {"labelled": 2, "ignored": 2, "hidden": 2}
    assert len(dataset.table("hidden", "ignored")) == 4
    assert list(table["class"].cat.categories) == ["card", "disc", "tile"]
    text = [name for name in table if table[name].dtype == object or table[name].dtype.name in ("string", "str")]
    assert text == []
    assert table["x1"].dtype == np.float32
    assert table.memory_usage(index=False).sum() / len(table) < 400


def test_columns_that_come_late_are_empty_before(make_dataset):
    dataset = open_dataset(make_dataset(3, output=PICTURE_ONLY, export=False))
    shard = dataset.layout.shard(0)
    lines = shard.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"attributes":{"shape":"card"}', '"attributes":{"finish":"matt","shape":"card"}')
    lines[2] = lines[2].replace('"files":{', '"factor_levels":{"light":"dim"},"files":{', 1)
    shard.write_text("".join(lines))
    table = open_dataset(dataset.root).table()
    matt = table["attributes.finish"] == "matt"
    assert set(table.loc[matt, "frame"]) == {1}
    assert table.loc[~matt, "attributes.finish"].isna().all()
    images = open_dataset(dataset.root).images_table()
    assert images["factor.light"].tolist()[2] == "dim"
    assert images["factor.light"].isna().tolist() == [True, True, False]


def test_images_are_counted_by_status(dataset):
    images = dataset.images_table()
    assert images["frame"].tolist() == [0, 1, 2]
    assert images["labelled"].tolist() == [1, 0, 1]
    assert images["ignored"].tolist() == [1, 0, 1]
    assert images["hidden"].tolist() == [1, 0, 1]
    assert images["file"].tolist() == [f"images/0000/0000000{frame}.png" for frame in range(3)]
    assert images["source_frame"].tolist() == [-1, -1, -1]
    assert (images["width"].iloc[0], images["height"].iloc[0], images["exposure_ev100"].iloc[0]) == (96, 64, 7.0)


def test_many_rows_go_over_the_bounds_of_chunks(dataset, monkeypatch):
    whole = dataset.table()
    monkeypatch.setattr("synthvision.dataset.table._CHUNK_ROWS", 2)
    assert dataset.table().equals(whole)


def test_a_set_without_instances_has_all_columns(make_dataset):
    dataset = open_dataset(make_dataset(1, cards=lambda frame: [], output=PICTURE_ONLY, export=False))
    table = dataset.table()
    assert len(table) == 0
    assert {"frame", "class", "x1", "distance_m"} <= set(table)


def test_without_pandas_the_pip_command_is_named(dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[table\]'"):
        dataset.table()
