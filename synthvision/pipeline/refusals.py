"""How often sampled scenes missed a constraint or what a plan asked for, and which: statistics of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from synthvision.config.job import Job
from synthvision.scene import Scene

__all__ = ["Refusals", "attempts_for", "missed_by"]

#: How `Scene.rejections` begins the names of what whole scenes missed; the others are places that objects did not get.
_KINDS = ("constraint: ", "plan: ", "placement: ")


def missed_by(scene: Scene) -> dict[str, int]:
    """Return how often the attempts before a scene missed each constraint, or what a plan asked for."""
    return {name.partition(": ")[2]: count for name, count in scene.rejections.items() if name.startswith(_KINDS)}


def attempts_for(scene: Scene, job: Job) -> int:
    """Return how many scenes were sampled for a frame; 0 for a later step of a video, which takes its first one's."""
    origin = scene.origin
    if job.frame_order.first_step(origin.frame) != origin.frame:
        return 0
    first = 0 if job.plan is None else job.plan.row_of(origin.scene_index).attempt
    return origin.attempt - first + 1


@dataclass(slots=True)
class Refusals:
    """Counts over many frames.

    Args:
        accepted: Frames that held everything.
        attempts: Scenes that were sampled for them.
        missed: How often each constraint was missed; one scene may miss several.
    """

    accepted: int = 0
    attempts: int = 0
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, attempts: int, missed: Mapping[str, int]) -> None:
        """Count one frame that was accepted.

        Args:
            attempts: Scenes that were sampled for it, itself included.
            missed: What the others missed.
        """
        self.accepted += 1
        self.attempts += attempts
        self.missed.update(missed)

    @property
    def share(self) -> float:
        """Share of the sampled scenes that were refused, 0..1."""
        return 1.0 - self.accepted / self.attempts if self.attempts else 0.0

    def __str__(self) -> str:
        """What a person should know; empty where nothing was refused."""
        if self.attempts <= self.accepted:
            return ""
        listed = ", ".join(f"{name} ({count} times)" for name, count in self.missed.most_common())
        refused = self.attempts - self.accepted
        return f"{refused} of {self.attempts} sampled scenes ({self.share:.0%}) were refused; missed: {listed}"
