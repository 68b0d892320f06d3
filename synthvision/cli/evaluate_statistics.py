"""Commands of evaluation that compare pictures: fidelity, drift and duplicates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthvision.cli.progress import count_frames

if TYPE_CHECKING:
    from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["drift", "duplicates", "fidelity"]

FirstArgument = Annotated[
    Path, typer.Argument(metavar="A", help="The set that is compared with: a COCO file, a folder, or a data set.")
]
SecondArgument = Annotated[Path, typer.Argument(metavar="B", help="The set that is judged.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE.yaml", help="Settings; the defaults if left out.")
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. side=224; may be given many times."),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OLD=NEW", help="Rename a class in both sets; may be given many times."),
]
CacheOption = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Keep features there, and take known ones from there.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures.")]
PageOption = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page with pictures.")]


def fidelity(
    first: FirstArgument,
    second: SecondArgument,
    extractors: Annotated[
        list[str] | None,
        typer.Option(
            "--extractor",
            metavar="NAME|DIR",
            help="statistics, random, or a local folder of a vision model; may be given many times.",
        ),
    ] = None,
    parity: Annotated[
        str,
        typer.Option(metavar="reencode|refuse", help="What becomes of JPEG compared with PNG; the file's if left out."),
    ] = "",
    config: ConfigOption = None,
    sets: ChangeOption = None,
    renamed: MapOption = None,
    cache: CacheOption = None,
    json_out: JsonOption = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="cpu, or a device of torch such as cuda:0.")] = "cpu",
) -> int:
    """Measure how far the pictures of B are from those of A: kernel and Frechet distance, CMMD, precision, coverage.

    A table is printed on standard output.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.evaluate.fidelity.config import FidelitySpec
    from synthvision.evaluate.fidelity.measure import measure_fidelity

    chosen: list[Any] = [("extractors", list(extractors))] if extractors else []
    chosen += [("parity", parity)] if parity else []
    spec = load_settings(FidelitySpec, config, [*chosen, *(sets or [])])
    one, other = _opened((first, second), renamed)
    report = measure_fidelity(spec, one, other, cache=cache, device=device, progress=count_frames("measured"))
    _write_json(json_out, report.to_json())
    print(report.to_text())
    return 0


def drift(
    first: FirstArgument,
    second: SecondArgument,
    config: ConfigOption = None,
    sets: ChangeOption = None,
    renamed: MapOption = None,
    cache: CacheOption = None,
    json_out: JsonOption = None,
    html_out: PageOption = None,
) -> int:
    """Tell in what B differs from A: light, colour, sharpness, noise, boxes, classes, and the look as a whole.

    A table is printed on standard output. Exit code 1 where a measure drifted: that is, significantly, with the chance
    of a false alarm among all measures held, and beyond its limit.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.dataset.atomic import write_text
    from synthvision.evaluate.drift.config import DriftSpec
    from synthvision.evaluate.drift.measure import measure_drift
    from synthvision.evaluate.drift.page import drift_page

    spec = load_settings(DriftSpec, config, sets or [])
    one, other = _opened((first, second), renamed)
    report = measure_drift(spec, one, other, cache=cache, progress=count_frames("measured"))
    _write_json(json_out, report.to_json())
    if html_out is not None:
        write_text(html_out, drift_page(report, one, other))
    print(report.to_text())
    return 1 if report.drifted else 0


def duplicates(
    paths: Annotated[
        list[Path], typer.Argument(metavar="SET...", help="One set or more: COCO files, folders, or data sets.")
    ],
    across: Annotated[bool, typer.Option("--across", help="Leave out what is twice in one set alone.")] = False,
    json_out: JsonOption = None,
    html_out: PageOption = None,
) -> int:
    """Find pictures that are there more than once, inside a set or across sets.

    Each group is a line on standard output. Exit code 1 where there is any.
    """
    from synthvision.dataset.atomic import write_text
    from synthvision.evaluate.duplicates import duplicates_page, find_duplicates

    opened = _opened(paths, None)
    report = find_duplicates(opened, across_only=across, progress=count_frames("read"))
    _write_json(json_out, report.to_json())
    if html_out is not None:
        write_text(html_out, duplicates_page(report, opened))
    print(report.to_text())
    return 1 if report.groups else 0


def _opened(paths: Sequence[Path], renamed: list[str] | None) -> list[LabelledSet]:
    from synthvision.core.class_names import class_hint
    from synthvision.core.errors import UsageError
    from synthvision.evaluate.labelled_set import open_set

    mapping: dict[str, str] = {}
    for text in renamed or []:
        old, mark, new = text.partition("=")
        if not (old and mark and new):
            raise UsageError(f"--map must be OLD=NEW, got {text!r}")
        mapping[old] = new
    sets = [open_set(path) for path in paths]
    known = [name for part in sets for name in part.classes]
    for old in mapping:
        if old not in known:
            raise UsageError(f"no set has a class {old!r} to rename{class_hint(old, known)}")
    return [part.renamed(mapping) for part in sets]


def _write_json(file: Path | None, data: dict[str, Any]) -> None:
    from synthvision.dataset.atomic import write_text

    if file is not None:
        write_text(file, json.dumps(data, indent=2, sort_keys=True, allow_nan=False) + "\n")
