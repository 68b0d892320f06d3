"""How far sets of pictures are from real photos: kernel distances on crops of the same classes, by two extractors.

The photos are split by near duplicates; only the part that is kept back is compared with. What refiners learn from must
be the other part: `--write-reference` writes it as a COCO file first.

    python benchmarks/realism_distance.py photos/annotations.json --write-reference reference.json
    synthvision realism apply renders --with realism.yaml --out refined          # reference: reference.json
    python benchmarks/realism_distance.py photos/annotations.json renders refined --sheet sheet.png --json out.json

The figures are made with fixed extractors of this project and cannot be compared with published ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from synthvision.dataset.reader import open_dataset
from synthvision.features.crops import matched_crops, photo_pictures
from synthvision.features.extractor import load_extractor
from synthvision.features.kernel_distance import kernel_distance
from synthvision.features.photos import Photos, open_photos

_SHEET_COLUMNS = 6


def write_reference(source: Path, photos: Photos, out: Path) -> None:
    """Write the part of a COCO file that holds some of its photos."""
    data = json.loads(source.read_text(encoding="utf-8"))
    wanted = {path.resolve() for path in photos.paths}
    images = []
    for image in data["images"]:
        path = (source.parent / image["file_name"]).resolve()
        if path in wanted:
            images.append({**image, "file_name": str(path)})
    ids = {image["id"] for image in images}
    data["images"] = images
    data["annotations"] = [entry for entry in data["annotations"] if entry["image_id"] in ids]
    out.write_text(json.dumps(data), encoding="utf-8")


def labelled_pictures(folder: Path, frames: int) -> Iterator[Any]:
    for frame in islice(open_dataset(folder), frames):
        labels = [label for label in frame.labels() if label.box_xyxy is not None]
        yield frame.rgb(), [label.box_xyxy for label in labels], [label.category for label in labels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path, help="COCO file that lies with its photos")
    parser.add_argument("sets", type=Path, nargs="*", help="data sets: first the renders, then refined ones")
    parser.add_argument("--write-reference", type=Path)
    parser.add_argument("--held-out", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0, help="of the split of the photos")
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--per-class", type=int, default=40)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    held, reference = open_photos(arguments.real).split(arguments.held_out, arguments.seed)
    if arguments.write_reference:
        write_reference(arguments.real, reference, arguments.write_reference)
    figures: dict[str, Any] = {}
    extractors = [load_extractor("statistics"), load_extractor("random")]
    others = [("photos of the reference", None), *((str(folder), folder) for folder in arguments.sets)]
    for name, folder in others:
        pictures = photo_pictures(reference) if folder is None else labelled_pictures(folder, arguments.frames)
        real, other = matched_crops(photo_pictures(held), pictures, most_per_class=arguments.per_class)
        figures[name] = {"crops": len(real)}
        for extractor in extractors:
            found = kernel_distance(
                extractor.features(crop.rgb_hwc for crop in real), extractor.features(crop.rgb_hwc for crop in other)
            )
            figures[name][extractor.name] = {"distance": found.value, "std": found.std, "p": found.p}
        parts = [f"{one.name} {figures[name][one.name]['distance']:8.3f}" for one in extractors]
        print(f"{name:<32} {len(real):>4} crops  {'  '.join(parts)}", flush=True)
    if arguments.sheet:
        rows = [islice((picture for picture, _, _ in labelled_pictures(each, _SHEET_COLUMNS)), _SHEET_COLUMNS)
                for each in arguments.sets]  # fmt: skip
        shown = [held.load(index) for index in range(min(len(held), _SHEET_COLUMNS))]
        tiles = [np.hstack([cv2.resize(each, (256, 192), interpolation=cv2.INTER_AREA) for each in row])
                 for row in [*map(list, rows), shown]]  # fmt: skip
        cv2.imwrite(str(arguments.sheet), cv2.cvtColor(np.vstack(tiles), cv2.COLOR_RGB2BGR))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
