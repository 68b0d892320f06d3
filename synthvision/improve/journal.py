"""What a loop writes of its rounds, and reads again when it goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import hash_json
from synthvision.dataset.atomic import write_text
from synthvision.improve.config import ImproveSpec
from synthvision.improve.shifting import Share
from synthvision.improve.weak_slices import Outcome, WeakSlice

__all__ = ["Journal", "Judged", "Round"]

_ROUND_FILE = "round.json"
_SPEC_FILE = "improve.json"
_OUTCOMES_FILE = "outcomes.jsonl"


@dataclass(frozen=True, slots=True)
class Judged:
    """How good a model is on the validation set; a mean over its seeds.

    Args:
        ap: AP over all overlaps, 0..1.
        ap50: AP at an overlap of a half, 0..1.
        slices_ap50: AP50 of the slices that were asked about, by their text; slices without objects are left out.
        outcomes: What became of each true object, for each seed.
    """

    ap: float
    ap50: float
    slices_ap50: Mapping[str, float]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Args:
        number: 0 for the start, then 1, 2, ...
        sets: What its model was trained on, as paths below the loop's folder.
        frames: How many rendered pictures these have.
        judged: How good it is, without the outcomes of single objects.
        weak: Its weak slices, the worst first.
        asked: Shares of what it asked for; empty for the start.
        before: AP50 of the slices that were weak before, by their text: of the model before.
        kept: Whether it became the best.
        why: Why it was kept or not, in words.
        control: AP and AP50 of as many pictures of the base job, and AP50 of the same slices; None without a control.
        changes: Values of the job, where ranges are searched.
    """

    number: int
    sets: tuple[str, ...]
    frames: int
    judged: Judged
    weak: tuple[WeakSlice, ...]
    asked: tuple[Share, ...]
    before: Mapping[str, float]
    kept: bool
    why: str
    control: Judged | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "number": self.number,
            "sets": list(self.sets),
            "frames": self.frames,
            "judged": _judged_json(self.judged),
            "weak": [each.to_json() for each in self.weak],
            "asked": [each.to_json() for each in self.asked],
            "before": dict(self.before),
            "kept": self.kept,
            "why": self.why,
            "control": None if self.control is None else _judged_json(self.control),
            "changes": dict(self.changes),
        }


class Journal:
    """The folder of a loop: its settings, and one folder for each round.

    Args:
        spec: Settings of the loop.
        folder: Where it is written; made if it does not exist.

    Raises:
        UsageError: The folder belongs to a loop of other settings, or holds something else.
        DatasetError: A file cannot be read or written.
    """

    def __init__(self, spec: ImproveSpec, folder: Path) -> None:
        self.folder = folder
        self._hold_settings(spec)

    def round_folder(self, number: int) -> Path:
        """Return the folder of a round."""
        return self.folder / f"{number:02d}"

    def rounds(self) -> list[Round]:
        """Return the rounds that are whole, in order.

        Raises:
            DatasetError: A report is broken.
        """
        rounds: list[Round] = []
        while (file := self.round_folder(len(rounds)) / _ROUND_FILE).is_file():
            rounds.append(_round_from(_load(file), file))
        return rounds

    def write(self, made: Round) -> None:
        """Write the report of a round: from then on it is whole.

        Raises:
            DatasetError: The disk is full or cannot be written.
        """
        folder = self.round_folder(made.number)
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / _ROUND_FILE, json.dumps(made.to_json(), indent=1) + "\n")

    def outcomes(self, number: int) -> tuple[Outcome, ...]:
        """Return what became of each object in a round.

        Raises:
            DatasetError: The file is missing or broken.
        """
        file = self.round_folder(number) / _OUTCOMES_FILE
        try:
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            return tuple(Outcome(int(picture), dict(levels), bool(found)) for picture, levels, found in rows)
        except (OSError, ValueError, TypeError) as error:
            raise DatasetError(f"{file}: must be the outcomes of a round, one a line: {error}") from error

    def write_outcomes(self, number: int, outcomes: Sequence[Outcome]) -> None:
        """Write what became of each object in a round: the next one asks by it.

        Raises:
            DatasetError: The disk is full or cannot be written.
        """
        folder = self.round_folder(number)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps([each.picture, dict(each.levels), each.found], separators=(",", ":")) for each in outcomes]
        write_text(folder / _OUTCOMES_FILE, "".join(line + "\n" for line in lines))

    def _hold_settings(self, spec: ImproveSpec) -> None:
        """Write the settings of a new loop; refuse a folder of another."""
        # More rounds, or another number of processes, do not change what was made.
        own = spec.model_dump(mode="json", exclude={"rounds", "most_frames", "stop_after", "workers", "test"})
        digest = hash_json(own)
        file = self.folder / _SPEC_FILE
        if file.is_file():
            there = _load(file)
            if there.get("hash") != digest:
                changed = sorted(name for name in own if there.get("settings", {}).get(name) != own[name])
                raise UsageError(
                    f"{self.folder}: the folder must belong to a loop of the same settings, and "
                    f"{', '.join(changed) or 'some'} changed: give a new --out"
                )
            return
        if self.folder.is_dir() and any(self.folder.iterdir()):
            raise UsageError(f"{self.folder}: the folder of a new loop must be empty or not exist")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps({"hash": digest, "settings": own}, indent=1, sort_keys=True) + "\n")


def _load(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file}: must be JSON that the loop wrote: {error}") from error
    if not isinstance(data, dict):
        raise DatasetError(f"{file}: must be JSON that the loop wrote, got a {type(data).__name__}")
    return data


def _judged_json(judged: Judged) -> dict[str, Any]:
    return {"ap": judged.ap, "ap50": judged.ap50, "slices_ap50": dict(judged.slices_ap50)}


def _judged_from(data: Mapping[str, Any]) -> Judged:
    return Judged(float(data["ap"]), float(data["ap50"]), dict(data["slices_ap50"]), ())


def _round_from(data: Mapping[str, Any], file: Path) -> Round:
    try:
        weak = tuple(
            WeakSlice(
                dict(each["levels"]), int(each["objects"]), int(each["pictures"]), float(each["recall"]),
                float(each["recall_interval_95"][0]), float(each["recall_interval_95"][1]),
                float(each["rest_recall"]), float(each["p"]), float(each["q"]),
            )
            for each in data["weak"]
        )  # fmt: skip
        asked = tuple(
            Share(dict(each["levels"]), float(each["natural"]), float(each["failure"]), float(each["planned"]))
            for each in data["asked"]
        )
        control = data["control"]
        return Round(
            int(data["number"]), tuple(data["sets"]), int(data["frames"]), _judged_from(data["judged"]), weak, asked,
            dict(data["before"]), bool(data["kept"]), str(data["why"]),
            None if control is None else _judged_from(control), dict(data["changes"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DatasetError(f"{file}: must be the report of a round: {error!r}") from error
