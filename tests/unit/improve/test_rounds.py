"""The rounds, in a workshop whose detector is known: it finds what it was shown often enough."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthvision.core.errors import DatasetError, UsageError
from synthvision.improve.config import ImproveSpec
from synthvision.improve.journal import Judged
from synthvision.improve.rounds import Asked, run_rounds
from synthvision.improve.weak_slices import Outcome, slice_recall

SPEC = ImproveSpec(job="dice", validation="v.json", first_frames=120, round_frames=60, rounds=3)


class FakeWorkshop:
    """The base job shows day and dusk, never dark; a level is found with 1 - exp(-pictures / 60).

    Args:
        forgets: Each picture of dark takes something of day.
        cut_at: Raise in the training of this round, once.
    """

    def __init__(self, *, forgets: float = 0.0, useless: bool = False, cut_at: int | None = None) -> None:
        self.forgets, self.useless, self.cut_at = forgets, useless, cut_at
        self.calls: list[str] = []
        self.steerable = ("light",)

    def _write(self, out: Path, counts: Mapping[str, int]) -> Path:
        out.mkdir(parents=True, exist_ok=True)
        (out / "counts.json").write_text(json.dumps(counts))
        return out

    def make_base(self, first: int, count: int, out: Path) -> Path:
        self.calls.append(f"base {first} {count}")
        return self._write(out, {"day": count - count // 2, "dusk": count // 2})

    def make_asked(self, asked: Asked, number: int, first_base: int, out: Path) -> Sequence[Path]:
        self.calls.append(f"asked {number}")
        counts = Counter(row.get("light", "day") for row in asked.rows if row is not None)
        base = sum(row is None for row in asked.rows)
        return [self.make_base(first_base, base, out / "base"), self._write(out / "asked", counts)]

    def judge(self, sets: Sequence[Path], slices: Callable[[Sequence[Outcome]], Sequence[Any]], out: Path) -> Judged:
        if self.cut_at is not None and out.name == f"{self.cut_at:02d}":
            self.cut_at = None
            raise KeyboardInterrupt
        shown: Counter[str] = Counter()
        for folder in sets:
            shown.update(json.loads((folder / "counts.json").read_text()))
        dark = 0 if self.useless else shown["dark"]
        chance = {name: 1 - math.exp(-count / 60) for name, count in {**shown, "dark": dark}.items()}
        chance["day"] *= math.exp(-self.forgets * shown["dark"])
        outcomes = []
        for level in ("day", "dusk", "dark"):
            share = chance.get(level, 0.0)
            outcomes += [Outcome(len(outcomes) + k, {"light": level}, k < round(100 * share)) for k in range(100)]
        recalls = {f"light={name}": slice_recall(outcomes, {"light": name}) or 0.0 for name in ("day", "dusk", "dark")}
        asked = [", ".join(f"{name}={level}" for name, level in each.items()) for each in slices(outcomes)]
        total = float(np.mean(list(recalls.values())))
        return Judged(total, total, {name: recalls[name] for name in asked if name in recalls}, tuple(outcomes))


def test_loop_makes_what_is_missing_and_keeps_what_helps(tmp_path: Path) -> None:
    result = run_rounds(SPEC.model_copy(update={"control": True}), FakeWorkshop(), tmp_path / "loop")
    first, *others = result.rounds
    assert [str(each) for each in first.weak] == ["light=dark"]
    assert all(each.kept for each in others)
    assert result.best == 3
    assert [each.frames for each in result.rounds] == [120, 180, 240, 300]
    # Seven tenths of a round are asked for; all of that is dark where dark alone is missed.
    assert others[0].asked[0].levels == {"light": "dark"}
    assert others[0].judged.slices_ap50["light=dark"] > 0.3
    control = others[0].control
    assert control is not None
    assert control.slices_ap50["light=dark"] == 0
    assert others[-1].judged.ap > first.judged.ap


def test_round_that_costs_the_rest_is_not_kept_and_not_trained_on(tmp_path: Path) -> None:
    result = run_rounds(SPEC, FakeWorkshop(forgets=0.2), tmp_path / "loop")
    assert result.best == 0
    assert not any(each.kept for each in result.rounds[1:])
    assert "lower" in result.rounds[1].why
    assert result.stopped.startswith("the gain has levelled off")
    assert len(result.rounds) == 3
    # The second round builds on the start, not on what was refused.
    assert not set(result.rounds[1].sets[1:]) & set(result.rounds[2].sets)


def test_round_that_changes_nothing_is_not_kept(tmp_path: Path) -> None:
    result = run_rounds(SPEC, FakeWorkshop(useless=True), tmp_path / "loop")
    assert [each.kept for each in result.rounds] == [True, False, False]


def test_cut_loop_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = run_rounds(SPEC, FakeWorkshop(), tmp_path / "whole")
    shop = FakeWorkshop(cut_at=2)
    with pytest.raises(KeyboardInterrupt):
        run_rounds(SPEC, shop, tmp_path / "cut")
    done = len(shop.calls)
    again = run_rounds(SPEC, shop, tmp_path / "cut")
    assert [each.to_json() for each in again.rounds] == [each.to_json() for each in whole.rounds]
    # The first round is read, not made again.
    assert "asked 1" not in shop.calls[done:]


def test_finished_loop_is_read(tmp_path: Path) -> None:
    run_rounds(SPEC, FakeWorkshop(), tmp_path / "loop")
    shop = FakeWorkshop()
    more = run_rounds(SPEC.model_copy(update={"rounds": 4}), shop, tmp_path / "loop")
    assert len(more.rounds) == 5
    assert [call for call in shop.calls if call.startswith("asked")] == ["asked 4"]


def test_budget_stops_the_loop(tmp_path: Path) -> None:
    result = run_rounds(SPEC.model_copy(update={"most_frames": 250}), FakeWorkshop(), tmp_path / "loop")
    assert len(result.rounds) == 3
    assert "more than 250 pictures" in result.stopped


def test_nothing_to_steer_ends_the_loop(tmp_path: Path) -> None:
    shop = FakeWorkshop()
    shop.steerable = ()
    result = run_rounds(SPEC, shop, tmp_path / "loop")
    assert len(result.rounds) == 1
    assert "no slice is weak" in result.stopped


def test_other_settings_are_refused(tmp_path: Path) -> None:
    run_rounds(SPEC, FakeWorkshop(), tmp_path / "loop")
    with pytest.raises(UsageError, match="sharpness"):
        run_rounds(SPEC.model_copy(update={"sharpness": 2.0}), FakeWorkshop(), tmp_path / "loop")


def test_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="empty or not exist"):
        run_rounds(SPEC, FakeWorkshop(), tmp_path)


def test_broken_report_is_named(tmp_path: Path) -> None:
    run_rounds(SPEC, FakeWorkshop(), tmp_path / "loop")
    (tmp_path / "loop" / "01" / "round.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"round\.json"):
        run_rounds(SPEC, FakeWorkshop(), tmp_path / "loop")


def test_searched_ranges_ask_by_changes(tmp_path: Path) -> None:
    spec = ImproveSpec.model_validate(
        {
            "job": "dice",
            "validation": "v.json",
            "driver": "ranges",
            "ranges": [{"key": "exposure.compensation_ev.uniform", "low": [-3, -1], "high": [0, 1]}],
            "rounds": 1,
            "round_frames": 10,
        }
    )
    result = run_rounds(spec, FakeWorkshop(), tmp_path / "loop", propose=lambda rounds: {"a.b": [0, len(rounds)]})
    assert result.rounds[1].changes == {"a.b": [0, 1]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"driver": "ranges"}, "needs ranges"),
        ({"test": "v.json"}, "untouched"),
        ({"ranges": [{"key": "a", "low": [0, 1], "high": [2, 3]}]}, "driver: ranges"),
        ({"driver": "ranges", "ranges": [{"key": "a", "low": [0, 3], "high": [2, 3]}]}, "must rise"),
    ],
)
def test_settings_that_contradict_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ImproveSpec.model_validate({"job": "dice", "validation": "v.json", **changes})
