"""The command line: parses, calls, prints. `main` returns the exit code; `run` is the entry point.

Exit codes: 0 done; 2 wrong usage or config, known before the first frame, nothing written; 1 the job failed while
running; 130 interrupted. Data goes to standard output, progress and errors to standard error, one line each.
Everything heavy is imported by the command that needs it, so that ``--help`` is quick and works without OpenGL.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from synthvision import __version__
from synthvision.cli import (
    assets,
    browse,
    convert,
    datasets,
    evaluate,
    improve,
    jobs,
    machine,
    mix,
    realism,
    scenario,
    serve,
)
from synthvision.cli.options import EPILOG
from synthvision.core.errors import SynthvisionError

__all__ = ["app", "main", "run"]

app = typer.Typer(
    name="synthvision",
    help="Labelled images for training detectors, by simulation.",
    epilog=EPILOG,
    # Rich help would double the time that --help takes.
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("render", epilog=EPILOG)(jobs.render)
app.command("init", epilog=EPILOG)(jobs.init)
app.command("preview", epilog=EPILOG)(datasets.preview)
app.command("replay", epilog=EPILOG)(datasets.replay)
app.command("validate", epilog=EPILOG)(datasets.validate)
app.command("augment", epilog=EPILOG)(datasets.augment)
app.command("convert", epilog=EPILOG)(convert.convert)
app.command("mix", epilog=EPILOG)(mix.mix)
app.command("view", epilog=EPILOG)(browse.view)
app.command("report", epilog=EPILOG)(browse.report)
app.add_typer(assets.app, name="assets")
app.add_typer(scenario.app, name="scenario")
app.add_typer(realism.app, name="realism")
app.add_typer(evaluate.app, name="evaluate")
app.command("improve", epilog=EPILOG)(improve.improve)
app.command("bench", epilog=EPILOG)(machine.bench)
app.command("serve", epilog=EPILOG)(serve.serve)
app.command("schema", epilog=EPILOG)(jobs.schema)
app.command("doctor", epilog=EPILOG)(machine.doctor)

# The one name of the base class of usage errors that every version of typer exports a child of.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: The words after the program's name; None for those of this process.

    Raises:
        Exception: Whatever went wrong, with ``--debug`` only.
    """
    words, debug = _take_debug(list(sys.argv[1:] if argv is None else argv))
    try:
        return _call(words or ["--help"])
    except SynthvisionError as error:
        if debug:
            raise
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does; writing the rest on exit would only fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if debug:
            raise
        _say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return 1
    except Exception as error:
        if debug:
            raise
        # A fault of ours: one line is all a user can use, and the traceback is one option away.
        _say(f"internal error: {type(error).__name__}: {error} (run again with --debug to see where)")
        return 1


def run() -> int:
    """Run the command of this process: the entry point."""
    return main()


def _call(words: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        code = command.main(words, prog_name="synthvision", standalone_mode=False)
    except _UsageError as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "synthvision"
        _say(f"{where}: {error.format_message()}; see '{where} --help'")  # type: ignore[attr-defined]
        return 2
    except typer.Abort:
        code = 130  # older versions of typer say so of Ctrl-C
    if code == 130:
        _say("interrupted")
    sys.stdout.flush()
    return int(code or 0)


def _take_debug(words: list[str]) -> tuple[list[str], bool]:
    """Return the words without ``--debug``, and whether it was among them, before or after the command."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--debug"]
    return kept + words[end:], len(kept) < end


def _say(text: str) -> None:
    print(text, file=sys.stderr)
