"""Commands of measuring: what synthetic pictures are worth to a detector, and how they differ from real ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthvision.cli.evaluate_audit import audit
from synthvision.cli.evaluate_statistics import drift, duplicates, fidelity
from synthvision.cli.options import EPILOG

if TYPE_CHECKING:
    from synthvision.evaluate.sim2real.cells import Cell

__all__ = ["app", "sim2real"]

app = typer.Typer(help="Measure data sets, and what a detector learns from them.", rich_markup_mode=None)
app.command("fidelity", epilog=EPILOG)(fidelity)
app.command("drift", epilog=EPILOG)(drift)
app.command("duplicates", epilog=EPILOG)(duplicates)
app.command("audit", epilog=EPILOG)(audit)

#: A line of progress for so many parts of a training.
_PARTS = 10


@app.command("sim2real", epilog=EPILOG)
def sim2real(
    real: Annotated[
        Path, typer.Option("--real", metavar="COCO.json", help="Real photos with boxes; they are split in three.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the trainings and the report.")],
    synthetic: Annotated[
        list[Path] | None,
        typer.Option("--synthetic", metavar="DIR", help="A data set of renders; may be given many times."),
    ] = None,
    refined: Annotated[
        list[Path] | None,
        typer.Option("--refined", metavar="DIR", help="A refined data set; may be given many times."),
    ] = None,
    test_set: Annotated[
        Path | None,
        typer.Option("--test-set", metavar="COCO.json", help="What to test on in place of a part of the real photos."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="SIM2REAL.yaml", help="Settings; the defaults if left out.")
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. training.steps=300; many times."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="Rename a class in all sets; may be given many times."),
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Also train on 25 % and 50 % of the real photos: the learning curve.")
    ] = False,
    test: Annotated[
        bool,
        typer.Option("--test", help="Read the test part, which is counted; without it the validation part is used."),
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Do only this share of the trainings; others do the rest in DIR."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what lies in DIR.")] = False,
) -> int:
    """Train on real, synthetic and mixed pictures with equal means, and compare on real photos.

    The table is printed on standard output; results.json and report.html lie in DIR.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.evaluate.sim2real.config import Sim2RealSpec
    from synthvision.evaluate.sim2real.run import Sim2RealSources, run_sim2real
    from synthvision.pipeline.mix_sources import parse_pairs
    from synthvision.pipeline.shards import parse_shard

    spec = load_settings(Sim2RealSpec, config, sets or [])
    if curve and not spec.curve:
        spec = spec.model_copy(update={"curve": (0.25, 0.5)})
    sources = Sim2RealSources(
        real, tuple(synthetic or ()), tuple(refined or ()), test_set, parse_pairs(maps or (), "--map")
    )
    share = None if shard is None else parse_shard(shard)
    part = (0, 1) if share is None else (share.number - 1, share.count)
    result = run_sim2real(spec, sources, out, read_test=test, resume=resume, shard=part, progress=_print_progress)
    if result.report is None:
        print(f"{len(result.waiting)} trainings are not done yet, e.g. {result.waiting[0]}", file=sys.stderr)
        return 0
    for note in result.report.notes:
        print(note, file=sys.stderr)
    print(result.report.table())
    for sentence in result.report.sentences():
        print(sentence, file=sys.stderr)
    print(f"page: {result.folder / 'report.html'}", file=sys.stderr)
    return 0


def _print_progress(cell: Cell, done: int, total: int) -> None:
    every = max(1, total // _PARTS)
    if done % every == 0 or done == total:
        print(f"{cell.name}: {done} of {total} steps", file=sys.stderr, flush=True)
