"""The command that runs jobs for a browser and for programs: serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]


def serve(
    root: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of jobs, data sets and uploads; made where it is missing.")
    ] = Path("service"),
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen on; another one than this machine's needs a token."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="P", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8700,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Holds the token; SYNTHVISION_TOKEN if left out."),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="A host name by which clients call; may be given many times."),
    ] = None,
    queue: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="How many jobs may wait.")] = 16,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes of each job; one per core, at most 8, if left out."),
    ] = None,
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, max=64, help="Jobs that render at the same time.")
    ] = 1,
) -> int:
    """Serve a page and a REST API that run jobs.

    Jobs are kept in the folder and survive a restart. Clients send the token as "Authorization: Bearer TOKEN"; without
    one the service answers this machine only. The API is described under /api/v1/openapi.json.
    """
    from synthvision.service.jobs.server import serve as run
    from synthvision.service.jobs.settings import ServiceSettings, read_token

    run(
        ServiceSettings(
            root=root,
            host=host,
            port=port,
            token=read_token(token_file),
            queue=queue,
            workers=workers,
            at_once=at_once,
            names=tuple(names or ()),
        ),
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    return 0
