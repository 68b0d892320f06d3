"""The report of a fit: figures as JSON, pictures of the marginals as PNG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.annotations import RealImage, RealSet
from synthvision.authoring.fit.features import box_table
from synthvision.authoring.fit.joint import Joint
from synthvision.authoring.fit.plots import histogram_sheet, matrix_picture
from synthvision.authoring.fit.two_samples import Comparison
from synthvision.dataset.atomic import write_text

__all__ = ["Facts", "write_report"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What a report tells.

    Args:
        real: What was read.
        group_of: Object group by class.
        joint: What was learned of pictures.
        before: Boxes of the scene as it was; empty without a scene.
        after: Boxes of the fitted scene.
        compared_before: The scene as it was against the real pictures.
        compared_after: The fitted scene against them.
        together: In how many pictures two classes come together, (k, k).
        listing: What each kind of distribution said of held-out pictures.
    """

    real: RealSet
    group_of: Mapping[str, str]
    joint: Joint
    before: Sequence[RealImage]
    after: Sequence[RealImage]
    compared_before: Comparison | None
    compared_after: Comparison | None
    together: NDArray[np.int64]
    listing: Sequence[str]


def write_report(folder: Path, facts: Facts) -> list[Path]:
    """Write the report and return its files.

    Args:
        folder: Where to; made if needed.
        facts: What it tells.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sets = {"real": facts.real.images}
    group_of = {"real": facts.group_of}
    for name, images in (("scene before", facts.before), ("fitted scene", facts.after)):
        if images:
            sets[name] = tuple(images)
            group_of[name] = {group: group for group in facts.group_of.values()}
    panels: dict[str, dict[str, Float]] = {}
    for name, images in sets.items():
        table = box_table(images, group_of[name])
        if not len(table.size):
            continue
        counts = np.array([sum(box.name in group_of[name] for box in image.boxes) for image in images], np.float64)
        columns = {
            "box size (root of area share)": table.size,
            "box width / height": table.aspect,
            "box middle x": table.x,
            "box middle y": table.y,
            "boxes in a picture": counts,
        }
        for panel, values in columns.items():
            panels.setdefault(panel, {})[name] = values
    marginals = folder / "marginals.png"
    histogram_sheet(marginals, panels)
    files = [marginals]
    if len(facts.real.classes) > 1:
        files.append(folder / "co_occurrence.png")
        matrix_picture(files[-1], facts.together, facts.real.classes, "pictures that show both classes")
    figures = folder / "fit.json"
    write_text(figures, json.dumps(_figures(facts), indent=1, sort_keys=True) + "\n")
    return [*files, figures]


def _figures(facts: Facts) -> dict[str, Any]:
    real = facts.real
    names = [box.name for image in real.images for box in image.boxes]
    counts = [len(image.boxes) for image in real.images]
    return {
        "pictures": len(real.images),
        "boxes": real.boxes,
        "pictures_without_boxes": counts.count(0),
        "counts": {str(count): counts.count(count) for count in sorted(set(counts))},
        "class_shares": {name: names.count(name) / max(1, len(names)) for name in real.classes},
        "co_occurrence": {
            one: {other: int(facts.together[i, j]) for j, other in enumerate(real.classes)}
            for i, one in enumerate(real.classes)
        },
        "groups": dict(facts.group_of),
        "problems": list(real.problems),
        "learned": str(facts.joint.density),
        "held_out_log_likelihood": [asdict(score) for score in facts.joint.scores],
        "before": None if facts.compared_before is None else asdict(facts.compared_before),
        "after": None if facts.compared_after is None else asdict(facts.compared_after),
    }
