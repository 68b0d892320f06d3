"""Commands for looking at data sets: view, report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from synthvision.cli.progress import count_frames

__all__ = ["report", "view"]


def view(
    datasets: Annotated[
        list[Path], typer.Argument(metavar="DATASET [DATASET_2]", help="Folder of a data set; two to compare them.")
    ],
    port: Annotated[
        int | None,
        typer.Option(metavar="P", min=0, max=65535, help="Port; 8600, or the next that is free, if left out."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="H", help="Address to listen on; others than loopback let others in.")
    ] = "127.0.0.1",
    open_page: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the page in a browser; where there is a screen if left out."),
    ] = None,
) -> int:
    """Look through a data set in a web browser.

    Grid and single pictures with masks, boxes, depth and all other labels, filters, histograms, comparison of two sets.
    The page's address is printed on standard output; Ctrl-C ends it. The data set is only read; its index and
    thumbnails are kept in the user's cache folder.
    """
    from synthvision.core.errors import UsageError

    if len(datasets) > 2:
        raise UsageError(f"view shows one data set or compares two, got {len(datasets)}")
    from synthvision.inspect.browse.browser import Browser
    from synthvision.service.viewer.server import bind_socket, check_extra, is_loopback, serve_viewer

    # What would stop it is told before the records are read.
    check_extra()
    bind_socket(host, port).close()
    browsers = [Browser(folder, progress=count_frames("indexed"), processes=_processes()) for folder in datasets]

    def ready(address: str) -> None:
        if not is_loopback(host):
            print(f"warning: everyone who reaches {host} can look at these data sets", file=sys.stderr)
        for browser in browsers:
            print(f"{browser.about()['folder']}: {len(browser.index)} frames", file=sys.stderr)
        print(address, flush=True)
        if _has_screen() if open_page is None else open_page:
            import webbrowser

            webbrowser.open(address)

    try:
        serve_viewer(browsers, host=host, port=port, ready=ready)
    except KeyboardInterrupt:
        return 0
    finally:
        for browser in browsers:
            browser.close()
    return 0


def report(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of a data set.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Page to write; report.html in the data set if left out.")
    ] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Also check every label, and list what is wrong.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(metavar="REAL_COCO", help="Also compare with real photos: how far, in what, and what is missing."),
    ] = None,
    sim2real: Annotated[
        Path | None,
        typer.Option(
            "--sim2real", metavar="FILE.json", help="With --against: also show this result of evaluate sim2real."
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="With --against: call a class otherwise; may be given many times."
        ),
    ] = None,
) -> int:
    """Write an overview of a data set as one HTML file.

    It holds its pictures and charts and needs no other file and no network. The same data set gives the same bytes. The
    file's path is printed on standard output.
    """
    from synthvision.core.errors import UsageError
    from synthvision.inspect.report.page import write_report

    if against is not None:
        from synthvision.pipeline.mix_sources import parse_pairs
        from synthvision.pipeline.report import measure_against, write_joint_report

        measured = measure_against(
            dataset,
            against,
            sim2real=sim2real,
            renamed=parse_pairs(map_ or (), "--map"),
            progress=count_frames("measured"),
        )
        print(write_joint_report(dataset, measured, out, validate=validate, processes=_processes()))
        return 0
    if sim2real is not None or map_:
        raise UsageError("--sim2real and --map go with --against REAL_COCO")
    print(write_report(dataset, out, validate=validate, progress=count_frames("read"), processes=_processes()))
    return 0


def _processes() -> int:
    return min(os.cpu_count() or 1, 8)


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
