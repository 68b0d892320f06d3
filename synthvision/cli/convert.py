"""The command that writes a data set in another format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthvision.cli.progress import count_frames, format_labels

__all__ = ["convert"]


def convert(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of a data set.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="bop, coco, cvat, imagefolder, keypoints, kitti, labelstudio, panoptic, parquet, tfrecord, voc, "
            "webdataset, yolo, or one of a plugin.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into, new or empty.")],
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="An option of the format, e.g. task=segment; may be given many times."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="SHARES", help="Parts and their shares, e.g. train=0.8,val=0.1,test=0.1; all in train if left out."
        ),
    ] = None,
    split_by: Annotated[
        str,
        typer.Option(metavar="WHAT", help="What is kept in one part: scene, asset, scenario, frame, or factor:NAME."),
    ] = "scene",
    split_seed: Annotated[int, typer.Option(metavar="S", min=0, help="Seed of the split.")] = 0,
    frames: Annotated[
        str | None, typer.Option(metavar="RANGES", help="Only these frames, e.g. 0-99,150,200-; all if left out.")
    ] = None,
) -> int:
    """Write a data set in another format.

    Nothing is rendered: labels come from the records, and pictures are linked or copied. What the format cannot hold
    is said on standard error and in conversion.json. What to give to a reader of the format is printed.
    """
    from synthvision.pipeline.convert import convert_dataset

    made = convert_dataset(
        dataset,
        to,
        out,
        options=option or (),
        split=split,
        split_by=split_by,
        split_seed=split_seed,
        frames=frames,
        progress=count_frames("converted"),
    )
    for note in made.notes:
        print(note, file=sys.stderr)
    for name, counts in made.parts.items():
        print(f"{name}: {counts.images} images; labels: {format_labels(counts.labelled)}", file=sys.stderr)
    print(made.path)
    return 0
