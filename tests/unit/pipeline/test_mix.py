"""Sets mixed at a ratio or by need: exact counts, provenance, and what is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from fractions import Fraction

import cv2
import numpy as np
import pytest
import yaml
from pycocotools.coco import COCO

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.config import OutputConfig
from synthvision.export.mixing.coco_source import open_coco
from synthvision.export.mixing.shares import Share, balanced_choice, counts_of
from synthvision.pipeline.mix import mix_sets
from synthvision.pipeline.mix_sources import Addition, parse_addition, parse_pairs


def picture(path, value: int):
    """A picture like no other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((48, 64, 3), value % 256, np.uint8)
    pixels[0, 0] = (value // 256, value % 7, 3)
    cv2.imwrite(str(path), pixels)


def write_coco(
    folder, count: int, *, names=("card", "disc"), part="train", first=0, base=0, extra=None, images="images"
):
    """A real set: picture i has one object of class i modulo the classes, a crowd in every fifth."""
    entries, annotations = [], []
    for index in range(count):
        file = f"cam{index % 2}/{first + index:03d}.png"
        picture(folder / images / file, base + first + index)
        entries.append({"id": 1000 + first + index, "file_name": file, "width": 64, "height": 48, "license": 7})
        box = {"bbox": [4.25, 5.5, 10, 12], "area": 120, "segmentation": [[4.25, 5.5, 14.25, 5.5, 14.25, 17.5]]}
        annotations.append(
            {
                "id": 500 + index,
                "image_id": 1000 + first + index,
                "category_id": 10 + index % len(names),
                "iscrowd": 0,
                **box,
            }
        )
        if index % 5 == 0:
            rle = {"size": [48, 64], "counts": [0, 48 * 64]}
            annotations.append(
                {
                    **box,
                    "id": 9000 + index,
                    "image_id": 1000 + first + index,
                    "category_id": 10,
                    "iscrowd": 1,
                    "segmentation": rle,
                }
            )
    data = {
        "info": {"contributor": "someone"},
        "licenses": [{"id": 7, "name": "CC-BY-4.0", "url": "https://example.org"}],
        "images": entries,
        "annotations": annotations,
        "categories": [{"id": 10 + number, "name": name} for number, name in enumerate(names)],
        **(extra or {}),
    }
    path = folder / "annotations" / f"instances_{part}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def real(tmp_path):
    write_coco(tmp_path / "photos", 12)
    return tmp_path / "photos"


@pytest.fixture
def made(make_dataset):
    return make_dataset(20, folder="made", output=OutputConfig())


def read(path):
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    ("words", "total", "expected"),
    [
        (("photos:1", "made:3"), None, (6, 18)),  # 6.67 threes: six are whole
        (("photos:10", "made:90"), 20, (2, 18)),
        (("photos=5", "made"), None, (5, 20)),
        (("photos=5", "made"), 16, (5, 11)),
        (("photos", "made"), None, (12, 20)),
        (("photos", "made"), 7, (4, 3)),  # halves: the first rounds up
        (("photos:0.5", "made:1.5"), 10, (3, 7)),  # 2.5 and 7.5
    ],
)
def test_shares_are_exact(real, made, tmp_path, words, total, expected):
    folders = {"photos": real, "made": made}
    additions = [parse_addition(re.sub(r"^\w+", lambda match: str(folders[match[0]]), word)) for word in words]
    mix = mix_sets(additions, tmp_path / "out", total=total)
    assert tuple(counts.images for counts in mix.counts) == expected
    data = read(mix.path)
    assert Counter(image["source"]["set"] for image in data["images"]) == dict(
        zip(("photos", "made"), expected, strict=True)
    )
    summary = read(tmp_path / "out/mix.json")
    assert tuple(entry["images"] for entry in summary["sources"]) == expected


def test_pycocotools_reads_it_and_every_picture_says_where_it_comes_from(real, made, tmp_path):
    mix = mix_sets([Addition(real), Addition(made)], tmp_path / "out")
    coco = COCO(str(mix.path))
    assert len(coco.imgs) == 32
    assert sorted(coco.imgs) == list(range(1, 33))
    assert sorted(coco.anns) == list(range(1, len(coco.anns) + 1))
    assert [entry["name"] for entry in coco.loadCats(coco.getCatIds())] == ["card", "disc", "tile"]
    names = [image["file_name"] for image in coco.imgs.values()]
    assert len(set(names)) == len(names)
    originals = {
        "photos": read(real / "annotations/instances_train.json"),
        "made": read(made / "annotations/instances.json"),
    }
    folders = {"photos": real / "images", "made": made / "images"}
    for image in coco.imgs.values():
        source = image["source"]
        assert image["file_name"] == f"{source['set']}/{source['file_name']}"
        assert source["kind"] == {"photos": "real", "made": "synthetic"}[source["set"]]
        assert source["licences"] == {"photos": ["CC-BY-4.0"], "made": ["CC0-1.0"]}[source["set"]]
        file = tmp_path / "out/images" / image["file_name"]
        assert file.read_bytes() == (folders[source["set"]] / source["file_name"]).read_bytes()
        data = originals[source["set"]]
        before = [entry for entry in data["annotations"] if entry["image_id"] == source["id"]]
        category = {entry["id"]: entry["name"] for entry in data["categories"]}
        after = coco.loadAnns(coco.getAnnIds(image["id"]))
        assert len(after) == len(before)
        for old, new in zip(before, after, strict=True):
            assert coco.cats[new["category_id"]]["name"] == category[old["category_id"]]
            changed = {"id", "image_id", "category_id"}
            assert {key: new[key] for key in new if key not in changed} == {
                key: old[key] for key in old if key not in changed
            }
    crowds = [entry for entry in coco.anns.values() if entry["iscrowd"] and "instance_id" not in entry]
    assert len(crowds) == 3


def test_the_seed_alone_decides_what_is_taken(real, made, tmp_path):
    def taken(name, seed):
        mix = mix_sets([parse_addition(f"{real}=4"), parse_addition(f"{made}=6")], tmp_path / name, seed=seed)
        return mix.path.read_bytes()

    assert taken("a", 3) == taken("b", 3)
    assert taken("c", 4) != taken("a2", 3)


def test_parts_to_validate_with_stay_whole_and_are_never_trained_on(real, made, tmp_path):
    write_coco(real, 5, part="val2017", first=100)
    mix = mix_sets([parse_addition(f"{real}:1"), parse_addition(f"{made}:1")], tmp_path / "out")
    assert mix.path == tmp_path / "out/annotations"
    train, val = (read(mix.path / f"instances_{part}.json") for part in ("train", "val"))
    assert Counter(image["source"]["set"] for image in train["images"]) == {"photos": 12, "made": 12}
    assert Counter(image["source"]["set"] for image in val["images"]) == {"photos": 5}
    assert {image["source"]["part"] for image in val["images"]} == {"val"}
    assert all((tmp_path / "out/images" / image["file_name"]).is_file() for image in val["images"] + train["images"])
    assert train["categories"] == val["categories"]


def test_a_file_of_several_parts_is_refused(real, tmp_path):
    file = real / "annotations/instances_train.json"
    data = read(file)
    for image in data["images"]:
        image["file_name"] = image["file_name"].replace("cam0", "train").replace("cam1", "val")
    for old, new in (("cam0", "train"), ("cam1", "val")):
        (real / "images" / old).rename(real / "images" / new)
    file.write_text(json.dumps(data))
    with pytest.raises(UsageError, match=r"lists pictures of train and val, by their folders; make one file of each"):
        mix_sets([Addition(real)], tmp_path / "out")


def test_ultralytics_layout(real, made, tmp_path):
    write_coco(real, 4, part="val", first=50)
    mix = mix_sets([Addition(real), Addition(made)], tmp_path / "out", "yolo", classes=["disc", "card"])
    data = yaml.safe_load(mix.path.read_text())
    assert data == {"train": "images/train", "val": "images/val", "names": {0: "disc", 1: "card"}}
    lines = [json.loads(line) for line in (tmp_path / "out/provenance.jsonl").read_text().splitlines()]
    assert len(lines) == 36
    for line in lines:
        assert line["set"] in line["file"]
        assert (tmp_path / "out" / line["file"]).is_file()
        label = tmp_path / "out" / line["file"].replace("images/", "labels/", 1)
        assert label.with_suffix(".txt").is_file()
    first = next(line for line in lines if line["set"] == "photos" and line["id"] == 1001)
    label = (tmp_path / "out" / first["file"].replace("images/", "labels/", 1)).with_suffix(".txt").read_text()
    # The box 4.25, 5.5, 10, 12 in a picture of 64 x 48.
    assert label == f"0 {9.25 / 64:.8f} {11.5 / 48:.8f} {10 / 64:g} {12 / 48:g}\n".replace("0.14453125", "0.14453125")
    assert any("annotations of classes that are left out" in note for note in mix.notes)
    assert any("crowds and ignored objects without a label" in note for note in mix.notes)


def test_the_same_picture_in_two_sets_is_refused(real, made, tmp_path):
    stolen = made / "images/0000/00000003.png"
    target = real / "images/cam1/003.png"
    target.write_bytes(stolen.read_bytes())
    with pytest.raises(DatasetError, match=r"photos \(train\) cam1/003\.png = made \(train\) 0000/00000003\.png"):
        mix_sets([Addition(real), Addition(made)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_picture_to_train_and_to_validate_with_is_refused(real, tmp_path):
    write_coco(real, 2, part="val", first=0, images="val")
    with pytest.raises(DatasetError, match=r"no picture may be in two sets, but 2 are"):
        mix_sets([Addition(real)], tmp_path / "out")


def test_missing_pictures_are_counted_and_named(real, made, tmp_path):
    for name in ("cam0/002.png", "cam1/003.png"):
        (real / "images" / name).unlink()
    with pytest.raises(DatasetError, match=r"2 of 12 pictures are missing: .*cam0/002\.png, .*cam1/003\.png.*--images"):
        mix_sets([Addition(real), Addition(made)], tmp_path / "out")


def test_pictures_may_lie_elsewhere(real, tmp_path):
    (real / "images").rename(tmp_path / "elsewhere")
    file = real / "annotations/instances_train.json"
    with pytest.raises(DatasetError, match=r"its first picture, cam0/000\.png, is in none of"):
        mix_sets([Addition(file)], tmp_path / "out")
    mix = mix_sets([Addition(file)], tmp_path / "out", pictures={str(file): str(tmp_path / "elsewhere")})
    assert len(read(mix.path)["images"]) == 12
    with pytest.raises(UsageError, match="--images must name a COCO file that is added"):
        mix_sets([Addition(file)], tmp_path / "two", pictures={"other.json": "x"})


def test_classes_are_matched_by_name_and_near_ones_told_of(made, tmp_path):
    write_coco(tmp_path / "photos", 4, names=("Card", "disk"))
    additions = [Addition(tmp_path / "photos"), Addition(made)]
    with pytest.raises(
        UsageError, match=r"classes 'Card' and 'card' differ by their spelling alone.*--map 'card=Card'"
    ):
        mix_sets(additions, tmp_path / "out")
    mix = mix_sets(additions, tmp_path / "out", renamed={"Card": "card"})
    assert [entry["name"] for entry in read(mix.path)["categories"]] == ["card", "disk", "disc", "tile"]
    assert any("--map 'disk=disc'" in note for note in mix.notes)
    mapped = mix_sets(
        additions, tmp_path / "mapped", renamed={"Card": "card", "disk": "disc"}, classes=["disc", "card"]
    )
    assert [entry["name"] for entry in read(mapped.path)["categories"]] == ["disc", "card"]
    with pytest.raises(UsageError, match=r"no source has a class 'crad' to rename; did you mean 'card'\?"):
        mix_sets(additions, tmp_path / "x", renamed={"crad": "card"})
    with pytest.raises(UsageError, match=r"no source has a class 'tlie'; did you mean 'tile'\?"):
        mix_sets(additions, tmp_path / "x", classes=["tlie"])


def test_keypoints_follow_their_names(tmp_path):
    for name, points, skeleton in (("one", ["head", "tail"], [[1, 2]]), ("two", ["tail", "fin"], [])):
        categories = [{"id": 10, "name": "fish", "keypoints": points, "skeleton": skeleton}]
        path = write_coco(tmp_path / name, 1, names=("fish",), base=50 if name == "two" else 0)
        data = read(path) | {"categories": categories}
        data["annotations"][0] |= {"keypoints": [1, 2, 2, 3, 4, 1], "num_keypoints": 2}
        path.write_text(json.dumps(data))
    mix = mix_sets([Addition(tmp_path / "one"), Addition(tmp_path / "two")], tmp_path / "out")
    data = read(mix.path)
    assert data["categories"][0]["keypoints"] == ["head", "tail", "fin"]
    assert data["categories"][0]["skeleton"] == [[1, 2]]
    found = [entry["keypoints"] for entry in data["annotations"] if "keypoints" in entry]
    assert found == [[1, 2, 2, 3, 4, 1, 0, 0, 0], [0, 0, 0, 1, 2, 2, 3, 4, 1]]


def test_short_classes_are_filled(real, make_dataset, flat, tmp_path):
    """The photos have 6 cards and 6 discs; every made picture with a tile also has a card."""
    made = make_dataset(
        20,
        folder="made",
        output=OutputConfig(),
        cards=lambda frame: [
            flat.Card("tile" if frame % 2 else "disc", -0.5, 0, 0.2, 0.2),
            *([flat.Card("tile", 0.4, 0, 0.2, 0.2)] if frame % 4 == 1 else []),
        ],
    )
    mix = mix_sets([Addition(real), Addition(made)], tmp_path / "out", balance="class")
    total = Counter()
    for counts in mix.counts:
        total.update(counts.objects)
    assert total == {"card": 6, "disc": 6, "tile": 6}
    # Two tiles a picture go furthest.
    assert mix.counts[1].images == 3
    assert "objects by class before filling: card 6, disc 6, tile 0; after: card 6, disc 6, tile 6" in mix.notes
    limited = mix_sets([Addition(real), Addition(made)], tmp_path / "few", balance="class", total=14)
    assert limited.counts[1].images == 2
    with pytest.raises(UsageError, match="takes numbers of pictures, no weights"):
        mix_sets([Addition(real), parse_addition(f"{made}:2")], tmp_path / "x", balance="class")
    with pytest.raises(UsageError, match="needs a synthetic set"):
        mix_sets([Addition(real)], tmp_path / "x", balance="class")


def test_the_best_picture_is_taken_first_and_none_that_does_harm():
    offered = [np.array([0, 0, 0, 1]), np.array([1]), np.array([1, 1]), np.array([0])]
    taken, have = balanced_choice(np.array([3, 0]), offered, None)
    assert taken == [2, 1]
    assert have.tolist() == [3, 3]
    # Nothing is there: each class is to have as many as the rarest that is offered.
    taken, have = balanced_choice(np.array([0, 0]), [np.array([0]), np.array([0]), np.array([1])], None)
    assert have.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("shares", "total", "match"),
    [
        ([Share(count=41), Share()], None, "one must have 41 pictures for these shares, but has 40"),
        ([Share(Fraction(1)), Share(Fraction(1))], 200, "one must have 100 pictures"),
        ([Share(count=30), Share(count=30)], 50, "must be --total 50 together, got 60"),
        ([Share(count=30), Share()], 20, "must not be more than --total 20"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares, total, match):
    with pytest.raises(UsageError, match=match):
        counts_of(shares, [40, 1000], ["one", "two"], total)


def test_faults_of_a_file_are_told(real, made, tmp_path):
    file = real / "annotations/instances_train.json"
    data = read(file)
    data["annotations"][0]["image_id"] = 5
    data["annotations"][2]["category_id"] = 99
    data["annotations"][3]["bbox"] = [1, 1, 0, 5]
    file.write_text(json.dumps(data))
    mix = mix_sets([Addition(real)], tmp_path / "out")
    assert {
        "photos: 1 annotation left out, of a picture that the file does not list",
        "photos: 1 annotation left out, of a class that the file does not list",
        "photos: 1 annotation left out, without a box of some size",
    } <= set(mix.notes)
    for change, match in (
        ({"images": [{**data["images"][0], "file_name": "../secret.png"}]}, "inside the folder of pictures"),
        ({"images": [data["images"][0]] * 2}, "1000 comes twice"),
        ({"images": [{"id": 1}]}, "must have id, file_name, width and height"),
        ({"categories": None}, "must be a COCO annotation file"),
    ):
        file.write_text(json.dumps(data | change))
        with pytest.raises(DatasetError, match=match):
            mix_sets([Addition(real)], tmp_path / "x")
    file.write_text("")
    with pytest.raises(DatasetError, match="must be a COCO annotation file"):
        mix_sets([Addition(real)], tmp_path / "x")


@pytest.mark.parametrize(
    ("additions", "options", "match"),
    [
        ([], {}, "one set or more"),
        (["photos"], {"to": "yollo"}, "did you mean 'yolo'"),
        (["photos", "photos"], {}, "is given twice"),
        (["nowhere"], {}, "there is no data set and no COCO file"),
        (["."], {}, "must be a data set, or hold annotations"),
    ],
)
def test_wrong_calls(real, tmp_path, additions, options, match, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UsageError, DatasetError), match=match):
        mix_sets([parse_addition(word) for word in additions], "out", **options)
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_into_a_source_or_a_full_folder(real, tmp_path):
    with pytest.raises(UsageError, match="must lie outside what is mixed"):
        mix_sets([Addition(real)], real / "images" / "mix")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x").touch()
    with pytest.raises(DatasetError, match="must be new or empty"):
        mix_sets([Addition(real)], tmp_path / "out")


def test_who_contributed_a_file_tells_its_kind(made, tmp_path):
    source = open_coco(made / "annotations/instances.json", "x", None, "train", made / "images")
    assert source.kind in ("real", "synthetic")
    assert source.annotation_count == len(read(made / "annotations/instances.json")["annotations"])


@pytest.mark.parametrize("word", ["a:0", "a=0"])
def test_shares_are_above_nothing(word):
    with pytest.raises(UsageError, match="must be above 0"):
        parse_addition(word)


def test_pairs():
    assert parse_pairs(["a b=c"], "--map") == {"a b": "c"}
    for words in (["a"], ["=b"], ["a=b", "a=c"]):
        with pytest.raises(UsageError):
            parse_pairs(words, "--map")
