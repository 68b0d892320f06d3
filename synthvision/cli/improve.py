"""The command of the loop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["improve"]


def improve(
    settings: Annotated[Path, typer.Argument(metavar="IMPROVE.yaml", help="Settings of the loop.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the loop; an own folder for each round in it.")],
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. rounds=5; may be given many times."),
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Instead: read the untouched test set with the best model; it is counted.")
    ] = False,
) -> int:
    """Train, find what the detector misses, render that, train again, and keep only what helps.

    A loop that was cut goes on where it was. Its page is printed on standard output.
    """
    import json

    from synthvision.config.settings_file import load_settings
    from synthvision.improve.config import ImproveSpec
    from synthvision.improve.run import improve as run_loop
    from synthvision.improve.run import read_test_set

    spec = load_settings(ImproveSpec, settings, sets or [])
    if test:
        print(json.dumps(read_test_set(spec, settings.parent, out)))
        return 0
    result, page = run_loop(spec, settings.parent, out, progress=lambda line: print(line, file=sys.stderr, flush=True))
    for each in result.rounds:
        kept = "kept" if each.kept else "not kept"
        figures = f"AP {each.judged.ap:.3f}, AP50 {each.judged.ap50:.3f}"
        print(f"round {each.number}: {each.frames} pictures, {figures}, {kept}", file=sys.stderr)
        for weak in each.weak[:3]:
            print(f"  weak: {weak}: {weak.recall:.0%} found, elsewhere {weak.rest_recall:.0%}", file=sys.stderr)
    print(f"{result.stopped}; the best is round {result.best}", file=sys.stderr)
    print(page)
    return 0
