"""Runs the loop from its settings, writes its page, and reads the untouched test set where it is asked to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.atomic import write_text
from synthvision.improve.config import ImproveSpec
from synthvision.improve.journal import Journal
from synthvision.improve.page import loop_page
from synthvision.improve.rounds import LoopResult, run_rounds
from synthvision.improve.workshop import LocalWorkshop

__all__ = ["TEST_READS", "improve", "read_test_set"]

#: File in the loop's folder that has a line for every reading of the test set.
TEST_READS = "test_reads.jsonl"


def improve(
    spec: ImproveSpec, base: Path, out: Path, *, progress: Callable[[str], None] | None = None
) -> tuple[LoopResult, Path]:
    """Run the loop, or go on with it, and write its page; return what it came to and the page.

    Args:
        spec: Its settings.
        base: Folder against which paths in the settings are read.
        out: Folder of the loop.
        progress: Called with a line of text now and then.

    Raises:
        ConfigError: A job is wrong.
        UsageError: Settings, sets or the folder do not go together.
        DatasetError: A file cannot be read or written, or no frame of a round could be made.
        MissingExtraError: A library is not installed.
    """
    workshop = LocalWorkshop(spec, base, progress)
    propose = None
    if spec.driver == "ranges":
        from synthvision.improve.ranges import RangeSearch

        propose = RangeSearch(spec.ranges, spec.seed).propose
    result = run_rounds(spec, workshop, out, propose=propose, progress=progress)
    page = out / "report.html"
    write_text(page, loop_page(spec, result))
    return result, page


def read_test_set(spec: ImproveSpec, base: Path, out: Path) -> dict[str, float | int]:
    """Return AP and AP50 of the start and of the best round on the test set, and how often it has been read.

    Each reading is written down before its result is known: a test set that is looked at again and again is a
    validation set.

    Args:
        spec: Settings of the loop, with a test set.
        base: Folder against which paths in the settings are read.
        out: Folder of the loop.

    Raises:
        UsageError: There is no test set, no round yet, or test pictures stand in training or validation.
        DatasetError: A file cannot be read or written.
    """
    if spec.test is None:
        raise UsageError("to read the test set the settings must name one: test: FILE.json")
    rounds = Journal(spec, out).rounds()
    if not rounds:
        raise UsageError(f"{out}: there must be a round whose model is tested: run the loop first")
    workshop = LocalWorkshop(spec, base)
    best = next(each for each in reversed(rounds) if each.kept)
    pictures = workshop.open_test(base / spec.test)
    reads = _note_reading(out / TEST_READS, best.number)
    first_ap, first_ap50 = workshop.measure(pictures, out / "00")
    ap, ap50 = workshop.measure(pictures, out / f"{best.number:02d}")
    return {
        "round": best.number,
        "start_ap": first_ap,
        "start_ap50": first_ap50,
        "ap": ap,
        "ap50": ap50,
        "reads": reads,
    }


def _note_reading(file: Path, number: int) -> int:
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    except OSError as error:
        raise DatasetError(f"{file}: the list of readings of the test set must be readable: {error}") from error
    lines.append(json.dumps({"reading": len(lines) + 1, "round": number}))
    write_text(file, "".join(line + "\n" for line in lines))
    return len(lines)
