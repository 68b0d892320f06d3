"""Counts what a data set of `coverage_demo` shows, from id images and raw records: no code of the package, no plan.

Levels are written out here a second time. What is sampled is looked up in each record's scene; what is measured is
counted on the id image, and on the mask of the mug alone that the record holds.

    python benchmarks/count_levels.py DATASET [--cells weather,height,hidden] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections import Counter
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

# Each level is a list of words or a range of numbers, the first that fits counts.
SAMPLED: dict[str, tuple[str, dict[str, Any]]] = {
    "weather": ("weather.kind", {"clear": "clear", "rain": "heavy_rain", "fog": "dense_fog", "snow": "fresh_snow"}),
    "hour": ("sky.time.hour", {"dawn": (4.2, 5), "early": (5, 7), "forenoon": (7, 10), "noon": (10, 12)}),
    "ground": (
        "surface.material",
        {"wood": "wood_floor", "stone": "stone_floor", "concrete": "concrete_floor", "asphalt": "asphalt"},
    ),
    "crowd": ("objects.clutter.count", {"alone": (0, 0), "few": (1, 3), "some": (4, 7), "many": (8, 11)}),
    "colour": (
        "objects.mug.0.materials.body.base_colour.hsv.h",
        {"red": (0, 0.1), "green": (0.1, 0.45), "blue": (0.45, 0.7), "purple": (0.7, 1)},
    ),
    "distance": (
        "camera.distance_m",
        {"near": (0.5, 0.65), "mid": (0.65, 0.85), "away": (0.85, 1.1), "far": (1.1, 1.4)},
    ),
    "elevation": ("camera.elevation_deg", {"flat": (8, 16), "low": (16, 26), "raised": (26, 37), "high": (37, 48)}),
    "exposure": (
        "exposure.compensation_ev",
        {"dark": (-1.6, -0.8), "dim": (-0.8, 0), "bright": (0, 0.8), "glaring": (0.8, 1.6)},
    ),
}
HIDDEN = {"free": (0, 0.02), "touched": (0.02, 0.25), "half": (0.25, 0.6), "mostly": (0.6, 0.97)}
HEIGHT = {"small": (12, 60), "medium": (61, 95), "large": (96, 150), "huge": (151, 470)}
LEVELS = {name: list(levels) for name, (_, levels) in SAMPLED.items()} | {
    "hidden": list(HIDDEN),
    "height": list(HEIGHT),
}


def level_of(levels: dict[str, Any], value: Any) -> str | None:
    for name, level in levels.items():
        if value == level if isinstance(level, str) else level[0] <= value <= level[1]:
            return name
    return None


def mug_rows(folder: Path) -> list[dict[str, str]]:
    """One row a picture that shows the mug: the level of every factor that has one."""
    rows = []
    for shard in sorted((folder / "records").glob("*.jsonl")):
        for line in shard.read_text().splitlines():
            record = json.loads(line)
            ids = np.asarray(Image.open(folder / record["files"]["ids"]["path"]))
            factors = record["scene"]["factors"]
            row = {name: level_of(levels, factors[path]) for name, (path, levels) in SAMPLED.items()}
            number = next(item["instance_id"] for item in record["scene"]["objects"] if item["name"] == "mug/0")
            label = next(item for item in record["instances"] if item["instance_id"] == number)
            own = ids == number
            if not own.any() or label["status"] != "labelled":
                continue
            rle = label["amodal_rle"]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                alone = coco_mask.decode({"size": rle["size"], "counts": rle["counts"].encode()}).astype(bool)
            lines = np.flatnonzero(own.any(axis=1))
            row["height"] = level_of(HEIGHT, int(lines[-1] - lines[0] + 1))
            row["hidden"] = level_of(HIDDEN, 1 - float((own & alone).sum() / alone.sum()))
            rows.append({name: level for name, level in row.items() if level is not None})
    return rows


def count_pairs(rows: list[dict[str, str]]) -> tuple[int, int, list[str]]:
    """How many pairs of levels came, how many there are, and which did not come."""
    seen = {(a, row[a], b, row[b]) for row in rows for a, b in combinations(LEVELS, 2) if a in row and b in row}
    every = [
        (a, first, b, second) for a, b in combinations(LEVELS, 2) for first, second in product(LEVELS[a], LEVELS[b])
    ]
    return len(seen), len(every), [f"{a}={x}, {b}={y}" for a, x, b, y in every if (a, x, b, y) not in seen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--cells", default="", help="Count mugs by the levels of these factors.")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = mug_rows(arguments.dataset)
    covered, possible, missing = count_pairs(rows)
    figures: dict[str, Any] = {"pictures": len(rows), "pairs": covered, "possible": possible, "missing": missing}
    if arguments.cells:
        names = arguments.cells.split(",")
        counted = Counter(tuple(row.get(name, "none") for name in names) for row in rows)
        cells = product(*(LEVELS[name] for name in names))
        figures["cells"] = {" ".join(cell): counted[cell] for cell in cells}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
