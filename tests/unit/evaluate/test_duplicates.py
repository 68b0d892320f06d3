"""Pictures that are there more than once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.duplicates import duplicates_page, find_duplicates
from synthvision.evaluate.labelled_set import LabelledSet, open_set


def picture(number: int) -> Image.Image:
    rng = rng_for(8, number, "test.duplicates")
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3)).astype(np.uint8))
    return coarse.resize((160, 120), Image.Resampling.BICUBIC)


@pytest.fixture
def sets(tmp_path: Path) -> list[LabelledSet]:
    """Six pictures in `a`; in `b` an equal copy of the first, a small JPEG of the second, and others."""
    for name in ("a", "b/deep"):
        (tmp_path / name).mkdir(parents=True)
    for number in range(6):
        picture(number).save(tmp_path / "a" / f"{number}.png")
    shutil.copy(tmp_path / "a/0.png", tmp_path / "b/deep/equal.png")
    picture(1).resize((100, 75)).save(tmp_path / "b/small.jpg", quality=70)
    picture(20).save(tmp_path / "b/other.png")
    picture(20).point(lambda value: min(value + 12, 255)).save(tmp_path / "b/brighter.png")
    return [open_set(tmp_path / "a"), open_set(tmp_path / "b")]


def test_copies_inside_and_across_sets_are_found(sets: list[LabelledSet]) -> None:
    done: list[int] = []
    report = find_duplicates(sets, progress=done.append)
    found = [(sorted(copy.file for copy in group.copies), group.equal, group.across) for group in report.groups]
    assert found == [
        (["0.png", "deep/equal.png"], True, True),
        (["1.png", "small.jpg"], False, True),
        (["brighter.png", "other.png"], False, False),
    ]
    assert report.needless == 3
    assert done[-1] == 10
    assert len(find_duplicates(sets, across_only=True).groups) == 2
    assert find_duplicates(sets[:1]).groups == ()


def test_the_report_is_json_text_and_a_page_without_paths(sets: list[LabelledSet], tmp_path: Path) -> None:
    report = find_duplicates(sets)
    data = json.dumps(report.to_json(), allow_nan=False)
    assert json.loads(data)["groups"][0]["pictures"][1] == {"set": 1, "index": 1, "file": "deep/equal.png"}
    text = report.to_text()
    assert text.splitlines()[0] == "equal across sets: a:0.png, b:deep/equal.png"
    assert text.endswith("10 pictures: 3 groups, 2 of them across sets; 3 pictures could go")
    page = duplicates_page(report, sets)
    assert page.count("data:image/jpeg") == 6
    assert str(tmp_path) not in data + text + page


def test_a_broken_picture_is_named(sets: list[LabelledSet], tmp_path: Path) -> None:
    (tmp_path / "a/3.png").write_bytes((tmp_path / "a/3.png").read_bytes()[:200])
    with pytest.raises(UsageError, match=r"3\.png"):
        find_duplicates(sets)
    with pytest.raises(UsageError, match="at least one set"):
        find_duplicates([])
