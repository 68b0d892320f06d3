"""The whole comparison with a detector whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from synthvision.core.errors import UsageError
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.pictures import TrainingPictures
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.run import Sim2RealRun, Sim2RealSources, run_sim2real

Make = Callable[..., Any]


def chance_of(pictures: TrainingPictures, first: float) -> float:
    """0.5 for renders alone, up to 0.9 with real photos; 0.97 for both one after the other; a curve in their number."""
    real = [one for one in pictures.sets if one.name.startswith("real")]
    if not real:
        return 0.5
    if first:
        return 0.97
    if len(pictures.sets) > 1:
        return 0.92
    return {12: 0.35, 24: 0.7}.get(len(real[0]), 0.9)


@pytest.fixture
def sources(write_set: Make) -> Sim2RealSources:
    return Sim2RealSources(write_set("real", 1, 80), (write_set("renders", 2, 20),))


SPEC = Sim2RealSpec(
    ratios=(0.25, 0.75),
    curve=(0.25, 0.5),
    seeds=(0, 1),
    replicates=60,
    box_padding="none",
    training=TrainingSpec(steps=10),
)


@dataclass(frozen=True)
class Whole:
    """One comparison that several tests look at."""

    folder: Path
    run: Sim2RealRun
    detector: Any


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, write_pictures_to: Make, fake_detector: Make, load: Any) -> Whole:
    folder = tmp_path_factory.mktemp("sim2real")
    sets = Sim2RealSources(write_pictures_to(folder / "real", 1, 80), (write_pictures_to(folder / "renders", 2, 20),))
    detector = fake_detector(chance_of)
    return Whole(folder, run(SPEC, sets, folder / "out", detector, load), detector)


def run(spec: Sim2RealSpec, sources: Sim2RealSources, out: Path, detector: Any, load: Any, **more: Any) -> Sim2RealRun:
    return run_sim2real(spec, sources, out, detector=detector, load=load, **more)


def test_every_row_is_trained_alike_on_its_own_pictures(whole: Whole) -> None:
    detector, found = whole.detector, whole.run
    assert found.report is not None
    names = [one.row.name for one in found.report.rows]
    assert names == ["real", "synthetic", "mixed-25", "mixed-75", "synthetic-then-real", "real-25", "real-50"]
    of_seed_0 = [call for call in detector.calls if call[2].seed == 0]
    assert [call[0] for call in of_seed_0] == [
        ("real",),
        ("renders",),
        ("real", "renders"),
        ("real", "renders"),
        ("renders",),
        ("real",),
        ("real",),
        ("real",),
    ]
    assert [call[1][0] for call in of_seed_0[2:4]] == pytest.approx([0.25, 0.75], abs=0.002)
    steps = [call[2].steps for call in of_seed_0]
    assert steps == [10, 10, 10, 10, 5, 5, 10, 10]
    assert of_seed_0[5][3] == "first"
    sides = {call[2].picture_side for call in detector.calls}
    assert len(sides) == 1
    assert None not in sides
    alike = {call[2].model_dump_json(exclude={"seed", "steps"}) for call in detector.calls}
    assert len(alike) == 1
    assert [one.real_photos for one in found.report.rows] == [48, 0, 48, 48, 48, 12, 24]
    assert any("'refined' is left out" in note for note in found.report.notes)


def test_figures_differences_and_the_gap_have_their_known_values(whole: Whole) -> None:
    """A detector without false detections: AP50 is the share found, up to the 101 recalls; renders find half."""
    found = whole.run
    assert found.report is not None
    rows = {one.row.name: one for one in found.report.rows}
    real, synthetic = rows["real"], rows["synthetic"]
    for one in (real, synthetic):
        recall, ap50 = one.figures["recall50"].value, one.figures["ap50"].value
        assert recall is not None
        assert ap50 == pytest.approx(recall, abs=0.011)
        assert one.figures["ap_large"].value is None
    assert synthetic.figures["recall50"].value == pytest.approx(0.5, abs=0.12)
    a, b = real.figures["ap50"].value, synthetic.figures["ap50"].value
    assert a is not None
    assert b is not None
    assert synthetic.minus_real["ap50"].value == pytest.approx(b - a)
    assert synthetic.over_real["ap50"].value == pytest.approx(b / a)
    mixed = rows["mixed-25"]
    c = mixed.figures["ap50"].value
    assert c is not None
    assert mixed.gap_closed["ap50"].value == pytest.approx((c - b) / (a - b))
    assert synthetic.gap_closed == {}
    assert real.minus_real == {}
    for one in found.report.rows:
        interval = one.figures["ap50"]
        assert interval.low is not None
        assert interval.high is not None
        assert interval.value is not None
        assert interval.low <= interval.value <= interval.high
    assert synthetic.by_seed["ap50"][0] != synthetic.by_seed["ap50"][1]
    # 12 photos find 0.35 and 24 find 0.7: 0.5 is worth 12 * 2 ** (0.15 / 0.35) = 16 of them.
    worth = synthetic.photos_worth["ap50"]
    assert (worth.least, worth.most) == (12, 48)
    assert worth.photos.value == pytest.approx(16, abs=4)
    assert rows["synthetic-then-real"].photos_worth == {}


def test_a_padding_is_fitted_on_training_photos_and_applied(
    sources: Sim2RealSources, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    """The file's boxes are made looser than what the detector finds, by a known share."""
    data = json.loads(sources.real.read_text())
    for one in data["annotations"]:
        x, y, width, height = one["bbox"]
        one["bbox"] = [x - 0.15 * width, y - 0.15 * height, 1.3 * width, 1.3 * height]
    sources.real.write_text(json.dumps(data))
    spec = SPEC.model_copy(update={"curve": (), "rows": ("synthetic",), "seeds": (0,), "box_padding": "fit"})
    found = run(spec, sources, tmp_path / "out", fake_detector(lambda pictures, first: 1.0), load)
    assert found.report is not None
    (row,) = found.report.rows
    assert row.paddings[0] == pytest.approx(0.3, abs=0.001)
    assert row.figures["ap_padded"].value == pytest.approx(1.0, abs=0.02)
    assert row.figures["ap"].value is not None
    assert row.figures["ap"].value < 0.5
    assert any("boxes reach beyond their picture" in note for note in found.report.notes)
    assert "AP50 padded" in found.report.table()


def test_what_is_there_is_not_done_again_and_gives_the_same_bytes(
    sources: Sim2RealSources, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    spec = SPEC.model_copy(update={"curve": (), "rows": ("real", "synthetic"), "replicates": 10})
    whole = fake_detector(chance_of)
    run(spec, sources, tmp_path / "whole", whole, load)
    stopped = fake_detector(chance_of)
    stopped.stop_after = 2
    with pytest.raises(KeyboardInterrupt):
        run(spec, sources, tmp_path / "out", stopped, load)
    with pytest.raises(UsageError, match="must be empty or new, and is not: go on with it by --resume"):
        run(spec, sources, tmp_path / "out", stopped, load)
    after = fake_detector(chance_of)
    run(spec, sources, tmp_path / "out", after, load, resume=True)
    assert (len(whole.calls), len(after.calls)) == (4, 2)
    for name in ("results.json", "report.html", "cells/real/seed-1/validation.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    other = spec.model_copy(update={"training": TrainingSpec(steps=11)})
    with pytest.raises(UsageError, match="must hold a run of the same sets and settings, and holds another"):
        run(other, sources, tmp_path / "out", after, load, resume=True)


def test_shards_train_apart_and_the_last_reports(
    sources: Sim2RealSources, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    spec = SPEC.model_copy(update={"curve": (), "rows": ("real", "synthetic")})
    first, second = fake_detector(chance_of), fake_detector(chance_of)
    one = run(spec, sources, tmp_path / "out", first, load, shard=(0, 2))
    assert one.report is None
    assert one.waiting == ("synthetic, seed 0", "synthetic, seed 1")
    two = run(spec, sources, tmp_path / "out", second, load, shard=(1, 2), resume=True)
    assert two.report is not None
    assert (len(first.calls), len(second.calls)) == (2, 2)


def test_the_test_part_is_read_when_asked_and_counted(
    sources: Sim2RealSources, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    spec = SPEC.model_copy(update={"curve": (), "rows": ("real", "synthetic"), "seeds": (0,), "replicates": 10})
    out = tmp_path / "out"
    plain = run(spec, sources, out, fake_detector(chance_of), load)
    assert plain.report is not None
    assert (plain.report.part, plain.report.test_reads) == ("validation", 0)
    assert not (out / "test_reads.json").exists()
    assert not (out / "cells/real/seed-0/test.json").exists()
    for _ in range(2):
        tested = run(spec, sources, out, fake_detector(chance_of), load, resume=True, read_test=True)
        assert tested.report is not None
        assert (tested.report.part, tested.report.test_reads) == ("test", 1)
    reads = json.loads((out / "test_reads.json").read_text())["reads"]
    assert [(read["rows"], read["pictures"]) for read in reads] == [(["real", "synthetic"], 16)]
    # Another report with the same ledger is another reading of the same photos.
    again = tmp_path / "again"
    again.mkdir()
    other = spec.model_copy(update={"seeds": (5,)})
    run(other, sources, again, fake_detector(chance_of), load, resume=False)
    (again / "test_reads.json").write_bytes((out / "test_reads.json").read_bytes())
    twice = run(other, sources, again, fake_detector(chance_of), load, resume=True, read_test=True)
    assert twice.report is not None
    assert twice.report.test_reads == 2


def test_a_test_picture_that_stands_in_training_is_refused_and_listed(
    write_set: Make, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    real = write_set("real", 1, 30)
    stolen = write_set("stolen", 1, 30)
    with pytest.raises(UsageError, match=r"no test picture may stand in training, but 6 of 6 of real/annotations.json"):
        run(SPEC, Sim2RealSources(real, (stolen,)), tmp_path / "out", fake_detector(chance_of), load)
    assert not (tmp_path / "out").exists()


def test_names_that_do_not_match_are_told_with_the_nearest(
    write_set: Make, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    real, renders = write_set("real", 1, 30), write_set("renders", 2, 10, ("Ace", "king"))
    spec = SPEC.model_copy(update={"rows": ("synthetic",), "curve": (), "seeds": (0,)})
    with pytest.raises(UsageError, match=r"'ace'; did you mean 'Ace'\? .*rename with --map OLD=ace"):
        run(spec, Sim2RealSources(real, (renders,)), tmp_path / "out", fake_detector(chance_of), load)
    wrong = Sim2RealSources(real, (renders,), renamed={"Acce": "ace"})
    with pytest.raises(UsageError, match="no set has a class 'Acce' to rename; did you mean 'Ace'"):
        run(spec, wrong, tmp_path / "out", fake_detector(chance_of), load)
    right = Sim2RealSources(real, (renders,), renamed={"Ace": "ace"})
    found = run(spec, right, tmp_path / "out", fake_detector(chance_of), load)
    assert found.report is not None
    assert found.report.about["classes"] == ["ace", "king"]


def test_a_separate_test_set_takes_the_place_of_the_part(
    write_set: Make, fake_detector: Make, load: Any, tmp_path: Path
) -> None:
    spec = SPEC.model_copy(update={"rows": ("real",), "curve": (), "seeds": (0,)})
    given = Sim2RealSources(write_set("real", 1, 30), test=write_set("held", 9, 7, ("ace", "king")))
    found = run(spec, given, tmp_path / "out", fake_detector(chance_of), load, read_test=True)
    assert found.report is not None
    assert found.report.about["test"]["pictures"] == 7
    assert found.report.about["test"]["name"] == "held/annotations.json"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.add(found.get("id") or "")
        if tag == "a":
            self.links.append(found.get("href") or "")
        assert not (found.get("src") or "").startswith("http")
        if tag not in ("meta", "br", "img", "path", "rect", "circle", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "rect", "circle", "polyline"):
            assert self.open.pop() == tag


def test_the_page_is_whole_and_says_what_the_table_says(whole: Whole) -> None:
    found = whole.run
    assert found.report is not None
    text = (whole.folder / "out" / "report.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert {link.removeprefix("#") for link in page.links} <= page.anchors
    assert str(whole.folder) not in text
    assert str(whole.folder) not in (whole.folder / "out" / "results.json").read_text()
    assert "missed: " in text
    assert text.count("<img ") > 2
    value = found.report.rows[0].figures["ap50"].value
    assert f"{value:.3f}" in text
    table = found.report.table().splitlines()
    assert "padded" not in table[0]
    assert table[0].split()[:3] == ["row", "real", "synthetic"]
    assert len(table) == 8
    assert any(sentence.startswith("Renders alone reach") for sentence in found.report.sentences())
