"""Mixing by need: the cells that are asked for are filled, the others are listed, provenance and depth are kept."""

from __future__ import annotations

import json
from itertools import combinations

import cv2
import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.need import Need
from synthvision.export.mixing.need_choice import choose_needed
from synthvision.pipeline.mix import mix_sets
from synthvision.pipeline.mix_sources import Addition


def need_of(*cells):
    return Need.model_validate({"cells": [{"levels": levels, **more} for levels, more in cells]})


def write_set(folder, pictures, contributor, base):
    """Pictures of 160 x 120 with boxes [(class, side)], dark where asked."""
    images, annotations = [], []
    (folder / "annotations").mkdir(parents=True)
    (folder / "images").mkdir()
    rng = rng_for(base, 0, "test.mix_need")
    for number, (boxes, dark, levels) in enumerate(pictures):
        pixels = rng.integers(0, 30, (120, 160, 3), np.uint8) + np.uint8(0 if dark else 160)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), pixels)
        images.append({"id": number + 1, "file_name": f"{number}.png", "width": 160, "height": 120, **levels})
        for place, (name, side) in enumerate(boxes):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number + 1,
                    "category_id": 1 + ("car", "bus").index(name),
                    "bbox": [5 + 45 * place, 20, side, side],
                    "area": side * side,
                    "iscrowd": 0,
                }
            )
    data = {
        "info": {"contributor": contributor},
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}],
    }
    (folder / "annotations/instances.json").write_text(json.dumps(data))
    return folder


@pytest.fixture
def sets(tmp_path):
    real = write_set(tmp_path / "photos", [([("car", 40)], False, {})] * 3, "someone", 1)
    fog = {"weather": {"kind": "fog"}, "factor_levels": {"crowd": "many"}}
    made = write_set(
        tmp_path / "made",
        [
            ([("car", 40), ("car", 40)], False, {}),
            ([("bus", 5)], False, {}),
            ([("bus", 5), ("bus", 5), ("car", 40)], False, fog),
            ([("bus", 40)], True, {}),
            ([("bus", 40)], False, {}),
            ([("car", 40)], False, fog),
        ],
        "synthvision 1",
        2,
    )
    return [Addition(real), Addition(made)]


def taken(mix):
    data = json.loads(mix.path.read_text())
    return sorted(image["source"]["file_name"] for image in data["images"] if image["source"]["set"] == "made")


@pytest.mark.parametrize(
    ("cells", "files"),
    [
        ([({"class": "bus", "size": "small"}, {"count": 3})], ["1.png", "2.png"]),
        ([({"class": "bus", "size": "small"}, {"count": 1})], ["1.png"]),  # the picture with least beside it
        ([({"class": "bus", "light": "dark"}, {"count": 5})], ["3.png"]),
        ([({"weather.kind": "fog", "class": "car"}, {"count": 2})], ["2.png", "5.png"]),
        ([({"factor.crowd": "many", "class": "bus"}, {"count": 1})], ["2.png"]),
    ],
)
def test_pictures_that_fill_the_need_are_taken_and_no_others(sets, tmp_path, cells, files):
    assert taken(mix_sets(sets, tmp_path / "out", need=need_of(*cells))) == files


def test_what_cannot_be_filled_is_listed_and_depth_is_recorded(sets, tmp_path):
    need = need_of(({"class": "bus", "size": "small"}, {"count": 9}), ({"class": "bus", "size": "large"}, {"count": 1}))
    need = need.model_copy(
        update={"cells": (*need.cells, *need_of(({"class": "car", "occlusion": "mostly"}, {})).cells)}
    )
    mix = mix_sets(sets, tmp_path / "out", need=need, total=8)
    assert [(cell.offered, cell.taken, cell.met) for cell in mix.needed] == [(3, 3, False), (2, 1, True), (0, 0, False)]
    assert any("no source can fill: class car, occlusion mostly" in note for note in mix.notes)
    assert any("class bus, size small: 3 of 9, 3 on offer" in note for note in mix.notes)
    summary = json.loads((tmp_path / "out/mix.json").read_text())
    assert summary["generation"] == 1
    assert {entry["set"]: entry["generation"] for entry in summary["sources"]} == {"photos": 0, "made": 1}
    assert [cell["offered"] for cell in summary["need"]] == [3, 2, 0]


def test_a_deeper_mix_keeps_its_depth(sets, tmp_path):
    mix_sets([sets[1]], tmp_path / "deep")
    summary = tmp_path / "deep/mix.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "generation": 3}))
    mix_sets([sets[0], Addition(tmp_path / "deep")], tmp_path / "out")
    assert json.loads((tmp_path / "out/mix.json").read_text())["generation"] == 3


def test_classes_are_balanced_after_the_need(sets, tmp_path):
    need = need_of(({"class": "bus", "light": "dark"}, {"count": 1}))
    mix = mix_sets(sets, tmp_path / "out", "yolo", need=need, balance="class")
    assert sum(counts.objects["bus"] for counts in mix.counts) == 3
    lines = [json.loads(line) for line in (tmp_path / "out/provenance.jsonl").read_text().splitlines()]
    assert {line["set"] for line in lines} == {"photos", "made"}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([({"class": "buss"}, {"count": 1})], "did you mean 'bus'"),
        ([({"size": "tiny"}, {"count": 1})], "size has no level 'tiny'"),
        ([({"sampled.camera.fov_deg": "50"}, {"count": 1})], "quantities must be"),
        ([({"class": "car", "occlusion": "mostly"}, {"count": 1})], "no picture of the synthetic sets"),
        ([({"class": "car"}, {})], "give --total"),
    ],
)
def test_needs_that_cannot_be_are_refused(sets, tmp_path, cells, message):
    with pytest.raises(UsageError, match=message):
        mix_sets(sets, tmp_path / "out", need=need_of(*cells))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", range(10))
def test_greedy_reaches_its_bound(seed):
    rng = rng_for(seed, 0, "test.greedy")
    need = need_of(*(({"class": str(cell)}, {"count": int(rng.integers(1, 6)), "weight": float(rng.uniform(0.2, 3))})
                     for cell in range(4)))  # fmt: skip
    offered = [{cell: int(rng.integers(1, 4)) for cell in range(4) if rng.random() < 0.5} for _ in range(9)]

    def worth(places):
        sums = [sum(offered[place].get(cell, 0) for place in places) for cell in range(4)]
        return sum(cell.weight * min(have, cell.count) for cell, have in zip(need.cells, sums, strict=True))

    best = max(worth(places) for places in combinations(range(9), 3))
    choice = choose_needed(need, offered, [1] * 9, 3)
    assert len(choice.places) <= 3
    assert worth(choice.places) >= (1 - np.exp(-1)) * best
    every = choose_needed(need, offered, [1] * 9, None)
    assert worth(every.places) == pytest.approx(worth(range(9)))
