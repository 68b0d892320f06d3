"""The guard on what real refiners made, instance by instance, against the marks of a person who looked at each.

    python benchmarks/realism_distance.py cards --work DIR --part validation
    python benchmarks/guard_outputs.py make cards --work DIR          # sheets to mark, a number on each instance
    python benchmarks/guard_outputs.py score cards --work DIR [--json FILE]

Two generators refine renders that neither saw, without the guard: the one that realism_distance.py trained, and a
`loose` one that was trained for a few steps with nothing that keeps it to its render, as refiners are while one still
looks for settings. Marks lie in benchmarks/guard_marks/JOB.json, by generator, frame and instance id, with the hash of
each picture that was looked at: they are refused for others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from realism_distance import COMMON, EXTRACTORS, LICENCES, TRAINING, chains, split_photos

ROOT = Path(__file__).resolve().parent.parent
MARKS = ROOT / "benchmarks" / "guard_marks"

# Nothing holds it to the render, and it learns fast.
LOOSE = {
    "steps": 160, "most_change": 1.0, "structure_weight": 0.0, "nce_weight": 0.0, "tone_weight": 0.0,
    "learning_rate": 3e-3, "extractors": EXTRACTORS[:1], "evaluate_every": 160, "evaluate_crops": 8, "save_every": 40,
}  # fmt: skip
FRAMES = 10
LEAST_PX = 24
CELL = 170
COLUMNS = 5
ROWS = 7


def train_loose(job: str, folder: Path) -> Path:
    """The folder of the generator that is held to nothing."""
    from synthvision.realism.training.config import TrainingSpec
    from synthvision.realism.training.run import train

    parts = split_photos(job, folder)
    spec = TrainingSpec.model_validate({**COMMON, **TRAINING[job], **LOOSE, "real_licence": LICENCES[job]})
    return train(
        spec, folder / "renders", parts["training"], folder / "loose", validation=parts["validation"], resume=True
    ).folder


def outputs(job: str, folder: Path) -> Iterator[tuple[str, str, Any, Any]]:
    """Generator, hash of its weights, input and unguarded picture, one after the other."""
    from synthvision.dataset.reader import open_dataset
    from synthvision.realism.config import RealismSpec
    from synthvision.realism.inputs import refine_input
    from synthvision.realism.stage import RealismStage

    loose = train_loose(job, folder)
    chain = chains("photos_training.json", "renders/annotations/instances.json", "training/model")
    refiners = {
        "trained": chain["colour, sensor, CUT"],
        "loose": [{"kind": "generator", "weights": str(loose.resolve())}],
    }
    dataset = open_dataset(folder / "unseen")
    for name, specs in refiners.items():
        with RealismStage(RealismSpec.model_validate({"refiners": specs}), folder, "cpu") as stage:
            weights = stage.models[-1].sha256 or ""
            for index in dataset.indices[:FRAMES]:
                given = refine_input(dataset.frame(index), (), 0)
                yield name, weights, given, stage.refine([given])[0]


def judged_labels(given: Any) -> list[Any]:
    """The instances that the guard judges, of a side that counts."""
    return [
        label
        for label in given.record.instances
        if label.status == "labelled"
        and label.box_xyxy is not None
        and min(label.box_xyxy[2] - label.box_xyxy[0], label.box_xyxy[3] - label.box_xyxy[1]) >= LEAST_PX
    ]


def digest(picture: Any) -> str:
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()[:16]


def make(job: str, folder: Path) -> None:
    """Write sheets: render with its outline, render, refined; the number says generator, frame and instance."""
    cells: dict[str, list[Any]] = {}
    listed: dict[str, Any] = {}
    for name, weights, given, picture in outputs(job, folder):
        entry = listed.setdefault(name, {"weights": weights, "frames": {}})
        entry["frames"][str(given.frame)] = {
            "sha256": digest(picture),
            "render_sha256": digest(given.rgb_hwc),
            "untrue": None,
            "true": [label.instance_id for label in judged_labels(given)],
        }
        for label in judged_labels(given):
            cells.setdefault(name, []).append(cell(given, picture, label))
    for name, found in cells.items():
        for first in range(0, len(found), COLUMNS * ROWS):
            part = found[first : first + COLUMNS * ROWS]
            part += [np.full_like(part[0], 255)] * (-len(part) % COLUMNS)
            rows = [np.hstack(part[i : i + COLUMNS]) for i in range(0, len(part), COLUMNS)]
            path = folder / f"marks_{name}_{first // (COLUMNS * ROWS)}.png"
            cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
            print(path)
    (folder / "unmarked.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def cell(given: Any, picture: Any, label: Any) -> Any:
    x1, y1, x2, y2 = label.box_xyxy
    margin = max(round(0.2 * max(x2 - x1, y2 - y1)), 8)
    rows = slice(max(y1 - margin, 0), y2 + margin)
    columns = slice(max(x1 - margin, 0), x2 + margin)
    mask = (given.id_hw == label.instance_id).astype(np.uint8)
    outline, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    marked = cv2.drawContours(picture.copy(), outline, -1, (255, 0, 255), 1)
    height, width = given.rgb_hwc[rows, columns].shape[:2]
    scale = CELL / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    parts = []
    for shown in (given.rgb_hwc, picture, marked):
        tile = np.full((CELL, CELL, 3), 255, np.uint8)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        tile[: size[1], : size[0]] = cv2.resize(shown[rows, columns], size, interpolation=way)
        parts.append(tile)
    title = np.full((16, 3 * CELL, 3), 255, np.uint8)
    text = f"frame {given.frame} id {label.instance_id} {label.category}"
    cv2.putText(title, text, (3, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return np.pad(np.vstack([title, np.hstack(parts)]), ((0, 3), (0, 6), (0, 0)), constant_values=255)


def score(job: str, folder: Path) -> dict[str, Any]:
    """The guard against the marks, as it is and told that every class must stay legible."""
    from synthvision.realism.guard.config import GuardSpec
    from synthvision.realism.guard.guard import Guard
    from synthvision.realism.guard.marks import MarkedInstance, MarkedPicture, score_marks

    marks = json.loads((MARKS / f"{job}.json").read_text(encoding="utf-8"))
    pictures: dict[str, list[MarkedPicture]] = {}
    for name, _, given, picture in outputs(job, folder):
        entry = marks["generators"][name]["frames"].get(str(given.frame))
        if entry is None:
            continue
        if entry["sha256"] != digest(picture):
            sys.exit(f"frame {given.frame} of {name} is not the picture that was marked: renders or weights differ")
        known = dict.fromkeys(entry["true"], True) | dict.fromkeys(entry["untrue"], False)
        # The others take part unmarked: they decide how much of the picture fails.
        instances = tuple(
            MarkedInstance.model_validate(
                {"id": label.instance_id, "category": label.category, "true": known.get(label.instance_id)}
            )
            for label in given.record.instances
            if label.box_xyxy is not None and label.category
        )
        pictures.setdefault(name, []).append(
            MarkedPicture(f"{name}_{given.frame}", given.rgb_hwc, picture, given.id_hw, entry.get("strange"), instances)
        )
    classes = tuple(sorted({mark.category for each in pictures.values() for one in each for mark in one.instances}))
    specs = {"as it is": GuardSpec(), "legible_classes": GuardSpec(legible_classes=classes)}
    figures: dict[str, Any] = {"marks": marks["criterion"]}
    for way, spec in specs.items():
        guard = Guard(spec, Path(), "cpu")
        found = {name: score_marks(guard, iter(each)).to_json() for name, each in pictures.items()}
        whole = {key: sum(each[key] for each in found.values()) for key in ("untrue", "caught", "true", "false_alarms")}
        shares = {
            "caught_share": round(whole["caught"] / max(whole["untrue"], 1), 4),
            "false_alarm_share": round(whole["false_alarms"] / max(whole["true"], 1), 4),
        }
        figures[way] = {**whole, **shares, "generators": found}
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "score"])
    parser.add_argument("job", choices=sorted(TRAINING))
    parser.add_argument("--work", type=Path, required=True, help="that of realism_distance.py")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    folder = arguments.work / arguments.job
    if arguments.what == "make":
        make(arguments.job, folder)
        return 0
    figures = score(arguments.job, folder)
    print(json.dumps(figures, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
