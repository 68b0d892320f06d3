"""What a training reports while it runs and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["TrainingProgress", "TrainingReporter", "TrainingResult", "progress_line"]


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a training stands.

    Args:
        step: Steps that are done.
        steps: Steps of the whole training.
        losses: Mean of each term since the last report.
        distance: Kernel distance to held-out photos, where it was measured last; None before.
        best: The smallest so far; None before.
    """

    step: int
    steps: int
    losses: Mapping[str, float]
    distance: float | None = None
    best: float | None = None


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training made.

    Args:
        folder: Where the model lies, with model.safetensors and model.json.
        steps: Steps that were trained.
        best_step: The step whose weights were kept.
        stopped_early: Whether it ended because nothing got better any more.
        distance: Kernel distance of refined renders to held-out photos, of the weights that were kept; None where it
            was not measured.
        render_distance: The same of the renders themselves.
        real_photos: How many photos were trained on.
        notes: What the user should know, a sentence each.
    """

    folder: Path
    steps: int
    best_step: int
    stopped_early: bool
    distance: float | None
    render_distance: float | None
    real_photos: int
    notes: tuple[str, ...] = field(default=())


#: Called with where a training stands, each time a line of losses is written.
TrainingReporter = Callable[[TrainingProgress], None]


def progress_line(progress: TrainingProgress) -> str:
    """Return one line for the terminal.

    Example:
        >>> progress_line(TrainingProgress(50, 400, {"gan": 0.25, "nce": 1.5}, 0.81, 0.79))
        'step 50/400  gan 0.250  nce 1.500  distance 0.810 (best 0.790)'
    """
    parts = [f"step {progress.step}/{progress.steps}"]
    parts += [f"{name} {value:.3f}" for name, value in progress.losses.items()]
    if progress.distance is not None and progress.best is not None:
        parts.append(f"distance {progress.distance:.3f} (best {progress.best:.3f})")
    return "  ".join(parts)
