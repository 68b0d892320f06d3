"""How much a student loses against its teacher."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.dataset.atomic import write_text
from synthvision.realism.training.measure import DistanceMeter, edge_agreement, edge_map

__all__ = ["DistilReport", "Likeness", "likeness", "measure_loss", "save_report"]

Rgb = NDArray[np.uint8]

_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a picture is to the teacher's, as means over pictures.

    Args:
        l1: Mean absolute difference in levels of 0..255.
        psnr_db: Peak signal to noise ratio; 100 for equal pictures.
        edges_kept: Share of the teacher's edges with one of the picture's within a pixel, 0..1.
        edges_true: Share of the picture's edges with one of the teacher's within a pixel, 0..1.
    """

    l1: float
    psnr_db: float
    edges_kept: float
    edges_true: float


@dataclass(frozen=True, slots=True)
class DistilReport:
    """What a student does on frames that were kept back.

    Args:
        frames: How many.
        student: Its pictures against the teacher's.
        render: The renders against the teacher's: a student must be better than doing nothing.
        to_teacher: Kernel distance to the teacher's pictures of ``render`` and ``student``.
        to_real: Kernel distance to real photos of ``render``, ``teacher`` and ``student``; empty where none are given.
        extractor: What the distances are measured with; they cannot be compared with published ones.
    """

    frames: int
    student: Likeness
    render: Likeness
    to_teacher: Mapping[str, float]
    to_real: Mapping[str, float] = field(default_factory=dict)
    extractor: str = "statistics"


def likeness(pictures: Sequence[Rgb], teacher: Sequence[Rgb]) -> Likeness:
    """Return how like pictures are to those of the teacher.

    Args:
        pictures: uint8 (height, width, 3) each.
        teacher: As many, of the same sizes.
    """
    rows = []
    for picture, wanted in zip(pictures, teacher, strict=True):
        difference = picture.astype(np.float64) - wanted
        mse = float((difference**2).mean())
        psnr = 100.0 if mse == 0 else min(10 * np.log10(255**2 / mse), 100.0)
        own, its = edge_map(picture), edge_map(wanted)
        rows.append((np.abs(difference).mean(), psnr, edge_agreement(its, own), edge_agreement(own, its)))
    means = np.mean(rows, axis=0)
    return Likeness(*(round(float(value), _DIGITS) for value in means))


def measure_loss(
    renders: Sequence[Rgb], teacher: Sequence[Rgb], student: Sequence[Rgb], real: Sequence[Rgb] = ()
) -> DistilReport:
    """Return the report.

    Args:
        renders: Held-out renders, two or more.
        teacher: What the teacher made of them.
        student: What the student makes of them.
        real: Photos, two or more; none for no distance to them.

    Raises:
        UsageError: There are fewer than two pictures.
    """
    to_teacher = DistanceMeter(teacher)
    to_real = {}
    if len(real):
        meter = DistanceMeter(real)
        named = {"render": renders, "teacher": teacher, "student": student}
        to_real = {name: round(meter.distance(pictures), _DIGITS) for name, pictures in named.items()}
    return DistilReport(
        frames=len(renders),
        student=likeness(student, teacher),
        render=likeness(renders, teacher),
        to_teacher={
            "render": round(to_teacher.distance(renders), _DIGITS),
            "student": round(to_teacher.distance(student), _DIGITS),
        },
        to_real=to_real,
    )


def save_report(path: Path, report: DistilReport) -> None:
    """Write a report as JSON, readable by a person.

    Raises:
        DatasetError: The file cannot be written.
    """
    write_text(path, json.dumps(asdict(report), indent=2, sort_keys=True, allow_nan=False) + "\n")
