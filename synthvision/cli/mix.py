"""The command that makes one training set from several."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from synthvision.cli.progress import count_frames, format_labels

__all__ = ["mix"]


def mix(
    add: Annotated[
        list[str],
        typer.Option(
            metavar="SET[:WEIGHT|=COUNT]",
            help="A data set, a COCO file or a folder of COCO files, and its share of the pictures or their number; "
            "give it once for each set.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into, new or empty.")],
    to: Annotated[str, typer.Option(metavar="FORMAT", help="coco or yolo.")] = "coco",
    total: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Pictures to train with; as many as the shares allow if left out."),
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B", help="Classes to keep, in this order; all if left out.")
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="Call a class of the sources otherwise; may be given many times."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Decides which pictures are taken.")] = 0,
    balance: Annotated[
        str | None,
        typer.Option(
            metavar="class", help="Take real sets whole, and of synthetic ones what fills classes with few objects."
        ),
    ] = None,
    need: Annotated[
        Path | None,
        typer.Option(
            metavar="AUDIT.json",
            help="Take real sets whole, and of synthetic ones what fills thin cells: the JSON of evaluate audit, or of "
            "a need.",
        ),
    ] = None,
    images: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.json=DIR", help="Where the pictures of a COCO file lie, if not beside it."),
    ] = None,
) -> int:
    """Make one training set from several, rendered and real.

    Shares are exact, and the same seed takes the same pictures. What a set holds to validate or test with is kept for
    that, whole. The same picture in two sets is refused. Every picture says where it comes from; mix.json sums it up.
    What to give to a reader of the format is printed.
    """
    from synthvision.core.errors import UsageError
    from synthvision.dataset.need import load_need
    from synthvision.pipeline.mix import mix_sets
    from synthvision.pipeline.mix_sources import parse_addition, parse_pairs

    if balance not in (None, "class"):
        raise UsageError(f"--balance must be class, got {balance!r}")
    made = mix_sets(
        [parse_addition(word) for word in add],
        out,
        to,
        total=total,
        classes=[name.strip() for name in classes.split(",") if name.strip()] if classes else (),
        renamed=parse_pairs(map_ or (), "--map"),
        seed=seed,
        balance=cast("Literal['class'] | None", balance),
        need=None if need is None else load_need(need),
        pictures=parse_pairs(images or (), "--images"),
        progress=count_frames("written"),
    )
    for note in made.notes:
        print(note, file=sys.stderr)
    for counts in made.counts:
        labels = format_labels(counts.objects)
        print(
            f"{counts.part}: {counts.images} of {counts.available} images of {counts.source} ({counts.kind}); "
            f"labels: {labels}",
            file=sys.stderr,
        )
    print(made.path)
    return 0
