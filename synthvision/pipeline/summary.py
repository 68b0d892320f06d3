"""What a run says of itself: while it goes on, and at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from synthvision.pipeline.executors.executor import FrameOutcome
from synthvision.pipeline.refusals import Refusals

__all__ = ["Progress", "RunSummary"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; passed to the progress callback after every frame.

    Args:
        done: Frames whose files are all on disk.
        failed: Frames that were given up.
        total: Frames of the run.
        images_per_second: Since the first frame was handed out; 0 before the first one ended.
        seconds_left: At that rate.
    """

    done: int
    failed: int
    total: int
    images_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run made.

    Args:
        folder: The data set; where it is in object storage, the local folder through which it went.
        done: Frames on disk.
        there: Frames that were whole before the run began.
        complete: False where other shards of the job are still missing: the annotations come with the last one.
        failures: Frames that were given up.
        interrupted: True after Ctrl-C.
        seconds: Wall time from the first frame handed out to the last one on disk.
        stages: Seconds per image by stage.
        counts: Labelled instances by class.
        peak_rss_mib: Largest resident memory of any worker.
        warnings: What the user should know, one sentence each.
        errors: What went wrong beside single frames, such as a disk too full for the annotations.
        refusals: How often sampled scenes missed a constraint.
        url: Of the data set, where it is in object storage.
    """

    folder: Path
    done: int
    there: int = 0
    complete: bool = True
    failures: tuple[FrameOutcome, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    peak_rss_mib: float = 0.0
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    refusals: Refusals = field(default_factory=Refusals)
    url: str | None = None

    @property
    def place(self) -> str:
        """Where the data set is: its folder or URL."""
        return self.url or str(self.folder)

    @property
    def images_per_second(self) -> float:
        """Frames on disk per second of wall time."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 when everything is there, 130 after Ctrl-C, else 1."""
        if self.interrupted:
            return 130
        return 1 if self.failures or self.errors else 0
