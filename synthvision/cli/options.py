"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from synthvision.config.overrides import AnyOverride

__all__ = ["EPILOG", "JobArgument", "SeedOption", "SetOption", "job_overrides"]

EPILOG = "--debug, before or after the command, shows the traceback of an error."

JobArgument = Annotated[
    str, typer.Argument(metavar="JOB", help="A job file, or the name of a built-in job such as quickstart.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the job or its scene, e.g. objects.bottles.count=3; may be given many times.",
    ),
]
SeedOption = Annotated[int | None, typer.Option(metavar="S", help="Seed instead of the job's, 0 or more.")]


def job_overrides(sets: list[str] | None, **options: object) -> list[AnyOverride]:
    """Return the overrides that options stand for, each with the option's own name for messages.

    Args:
        sets: Values of ``--set``.
        options: Value by job key; None for an option that was not given. ``backend`` stands for ``render.backend``.
    """
    from synthvision.config.overrides import Override

    keys = {"backend": "render.backend"}
    given = [(name, value) for name, value in options.items() if value is not None]
    return [*(sets or []), *(Override(keys.get(name, name), value, f"--{name} {value}") for name, value in given)]
