"""The rounds of the loop: what is decided after each training, and how a run goes on where it was cut.

Nothing here renders or trains: that is a `Workshop`'s. A round asks for what the best model so far misses, trains from
the same start with as many steps as every other, and is kept only if the slices that were weak became better and the
whole did not become worse. What is not kept is not trained on again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from synthvision.improve.config import ImproveSpec
from synthvision.improve.failure_model import fit_failure_model
from synthvision.improve.journal import Journal, Judged, Round
from synthvision.improve.shifting import Share, next_rows, shifted_shares, steered_factors
from synthvision.improve.weak_slices import Outcome, WeakSlice, find_weak_slices

__all__ = ["Asked", "LoopResult", "Workshop", "run_rounds"]

Levels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a round renders.

    Args:
        rows: What each scene shall show; None for one drawn by the base job.
        changes: Values of the job by key path, where ranges are searched.
        shares: What the rows were drawn from.
    """

    rows: tuple[Levels | None, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()


class Workshop(Protocol):
    """What renders, trains and tests."""

    @property
    def steerable(self) -> Sequence[str]:
        """Factors that a plan can set."""
        ...

    def make_base(self, first: int, count: int, out: Path) -> Path:
        """Render pictures of the base job, frames `first` to `first + count`; return their data set."""
        ...

    def make_asked(self, asked: Asked, number: int, first_base: int, out: Path) -> Sequence[Path]:
        """Render what a round asks for; return the data sets."""
        ...

    def judge(self, sets: Sequence[Path], slices: Callable[[Sequence[Outcome]], Sequence[Levels]], out: Path) -> Judged:
        """Train from the common start on data sets, and test on the validation set.

        Args:
            sets: What is trained on, beside the real photos.
            slices: Tells, from what became of the objects, which slices' AP50 is wanted.
            out: Folder of the models.
        """
        ...


@dataclass(frozen=True, slots=True)
class LoopResult:
    """What the loop came to.

    Args:
        rounds: All rounds, the start first.
        best: Number of the best one.
        stopped: Why it ended, in words.
    """

    rounds: tuple[Round, ...]
    best: int
    stopped: str


def run_rounds(
    spec: ImproveSpec,
    workshop: Workshop,
    out: Path,
    *,
    propose: Callable[[Sequence[Round]], Mapping[str, Any]] | None = None,
    progress: Callable[[str], None] | None = None,
) -> LoopResult:
    """Run the loop, or go on with it: rounds that are whole in the folder are read, not made again.

    Args:
        spec: Its settings.
        workshop: What renders, trains and tests.
        out: Folder of the loop; one folder for each round in it.
        propose: Gives the next values of searched ranges; None to ask for what is missed.
        progress: Called with a line of text now and then.

    Raises:
        UsageError: The folder belongs to a loop of other settings.
        DatasetError: A file cannot be read or written.
    """
    journal = Journal(spec, out)
    say = progress or (lambda _: None)
    rounds = journal.rounds()
    if not rounds:
        say(f"the start: {spec.first_frames} pictures of the base job")
        base = workshop.make_base(0, spec.first_frames, out / "00" / "base")
        rounds.append(_begin(spec, workshop, journal, _below(base, out)))
        journal.write(rounds[-1])
    for number in range(len(rounds), spec.rounds + 1):
        reason = _stop(spec, rounds)
        if reason is not None:
            return LoopResult(tuple(rounds), _best(rounds).number, reason)
        best = _best(rounds)
        asked = _asked(spec, workshop, rounds, best, journal, {} if propose is None else propose(rounds))
        if asked is None:
            return LoopResult(tuple(rounds), best.number, "no slice is weak that the job could make more of")
        say(f"round {number}: {len(asked.rows)} pictures, {sum(row is None for row in asked.rows)} of the base job")
        rounds.append(_round(spec, workshop, rounds, number, asked, journal))
        say(f"round {number}: {'kept' if rounds[-1].kept else 'not kept'}: {rounds[-1].why}")
        journal.write(rounds[-1])
    reason = _stop(spec, rounds) or f"all {spec.rounds} rounds are done"
    return LoopResult(tuple(rounds), _best(rounds).number, reason)


def _begin(spec: ImproveSpec, workshop: Workshop, journal: Journal, base: str) -> Round:
    out = journal.folder
    found: list[WeakSlice] = []

    def slices(outcomes: Sequence[Outcome]) -> Sequence[Levels]:
        found[:] = _weak(spec, outcomes)
        return [*spec.watch, *(each.levels for each in found)]

    judged = workshop.judge([out / base], slices, out / "00")
    journal.write_outcomes(0, judged.outcomes)
    return Round(0, (base,), spec.first_frames, judged, tuple(found), (), {}, True, "the start")


def _round(
    spec: ImproveSpec, workshop: Workshop, rounds: Sequence[Round], number: int, asked: Asked, journal: Journal
) -> Round:
    out = journal.folder
    best, folder = _best(rounds), out / f"{number:02d}"
    # Frames of the base job that no round has had: kept or not, a round uses up its own.
    first = spec.first_frames + (number - 1) * spec.round_frames
    made = [_below(path, out) for path in workshop.make_asked(asked, number, first, folder)]
    sets = (*best.sets, *made)
    frames = best.frames + len(asked.rows)
    watched = {str(each): each.levels for each in best.weak}
    found: list[WeakSlice] = []

    def slices(outcomes: Sequence[Outcome]) -> Sequence[Levels]:
        found[:] = _weak(spec, outcomes)
        return [*spec.watch, *watched.values(), *(each.levels for each in found)]

    judged = workshop.judge([out / each for each in sets], slices, folder)
    journal.write_outcomes(number, judged.outcomes)
    before = {name: best.judged.slices_ap50[name] for name in watched if name in best.judged.slices_ap50}
    kept, why = _verdict(spec, best.judged, judged, before)
    control = None
    if spec.control:
        extra = _below(workshop.make_base(first, frames - spec.first_frames, folder / "control"), out)
        control = workshop.judge(
            [out / rounds[0].sets[0], out / extra],
            lambda _: [*spec.watch, *watched.values()],
            folder / "control_models",
        )
    return Round(
        number, sets, frames, judged, tuple(found), asked.shares, before, kept, why, control, dict(asked.changes)
    )


def _verdict(spec: ImproveSpec, best: Judged, judged: Judged, before: Mapping[str, float]) -> tuple[bool, str]:
    """Return whether a round is kept, and why."""
    change = judged.ap - best.ap
    total = f"total AP {best.ap:.3f} to {judged.ap:.3f}"
    if change < -spec.most_loss:
        return False, f"{total}, more than {spec.most_loss:g} lower"
    names = [name for name in before if name in judged.slices_ap50]
    if not names:
        return (change > 0), f"{total}; no slice was weak before"
    old = sum(before[name] for name in names) / len(names)
    new = sum(judged.slices_ap50[name] for name in names) / len(names)
    text = f"AP50 of the {len(names)} weak slices {old:.3f} to {new:.3f}, {total}"
    return new - old > spec.least_gain, text


def _asked(
    spec: ImproveSpec,
    workshop: Workshop,
    rounds: Sequence[Round],
    best: Round,
    journal: Journal,
    changes: Mapping[str, Any],
) -> Asked | None:
    number = len(rounds)
    if changes:
        as_before = round(spec.floor * spec.round_frames)
        rows: list[Levels | None] = [None] * as_before + [{}] * (spec.round_frames - as_before)
        return Asked(tuple(rows), changes)
    outcomes = journal.outcomes(best.number)
    factors = steered_factors(best.weak, workshop.steerable)
    if not factors:
        return None
    # Chances by the steered factors alone: a row says nothing of the others.
    model = fit_failure_model(
        [
            Outcome(each.picture, {name: each.levels[name] for name in factors if name in each.levels}, each.found)
            for each in outcomes
        ]
    )
    shares = shifted_shares(outcomes, factors, model.probability, sharpness=spec.sharpness)
    return Asked(
        tuple(next_rows(shares, spec.round_frames, floor=spec.floor, seed=spec.seed, round_number=number)),
        shares=shares,
    )


def _weak(spec: ImproveSpec, outcomes: Sequence[Outcome]) -> tuple[WeakSlice, ...]:
    own = spec.weak_slices
    return find_weak_slices(
        outcomes,
        order=own.order,
        least_objects=own.least_objects,
        least_effect=own.least_effect,
        false_discovery_rate=own.false_discovery_rate,
    )


def _stop(spec: ImproveSpec, rounds: Sequence[Round]) -> str | None:
    last = [each.kept for each in rounds[1:]][-spec.stop_after :]
    if len(last) == spec.stop_after and not any(last):
        rounds_text = "the last round was" if len(last) == 1 else f"the last {len(last)} rounds were"
        return f"the gain has levelled off: {rounds_text} not kept"
    made = spec.first_frames + (len(rounds) - 1) * spec.round_frames
    if spec.most_frames is not None and made + spec.round_frames > spec.most_frames:
        return f"another round would make more than {spec.most_frames} pictures"
    return None


def _best(rounds: Sequence[Round]) -> Round:
    return next(each for each in reversed(rounds) if each.kept)


def _below(path: Path, out: Path) -> str:
    return path.resolve().relative_to(out.resolve()).as_posix()
