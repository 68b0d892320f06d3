"""Exit codes and messages of the command line: one line for a user, the traceback only for who asks for it."""

import subprocess
import sys

import pytest

from synthvision import __version__
from synthvision.cli.main import main
from synthvision.core.errors import ConfigError, FrameError, Problem, UsageError


def raising(error):
    def command(**_):
        raise error

    return command


@pytest.fixture
def failing(monkeypatch):
    """Make `synthvision schema` raise what it is told."""

    def plant(error):
        monkeypatch.setattr("synthvision.config.schema.job_schema", raising(error))

    return plant


TWO_FAULTS = ConfigError([Problem("a.yaml", "x", 1, "must be y"), Problem("a.yaml", "z", 2, "must be w")])


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (UsageError("must be this, got that; do so"), 2, ["must be this, got that; do so"]),
        (TWO_FAULTS, 2, ["a.yaml:1: x: must be y", "a.yaml:2: z: must be w"]),
        (FrameError("frame 3 broke"), 1, ["frame 3 broke"]),
        (FileNotFoundError(2, "No such file or directory", "/x/y"), 1, ["/x/y: No such file or directory"]),
        (OSError("no space"), 1, ["no space"]),
        (ZeroDivisionError("x"), 1, ["internal error: ZeroDivisionError: x (run again with --debug to see where)"]),
        (KeyboardInterrupt(), 130, ["interrupted"]),
    ],
)  # fmt: skip
def test_an_error_is_its_lines_on_standard_error_and_an_exit_code(failing, capsys, error, code, lines):
    failing(error)
    assert main(["schema"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == lines


@pytest.mark.parametrize("words", [["--debug", "schema"], ["schema", "--debug"], ["schema", "job", "--debug"]])
def test_debug_before_or_after_the_command_raises(failing, words):
    failing(UsageError("planted"))
    with pytest.raises(UsageError, match="planted"):
        main(words)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["rendr"], "synthvision: No such command 'rendr'"),
        (["render"], "synthvision render: Missing argument 'JOB'"),
        (["render", "x", "--fraems", "3"], "synthvision render: No such option: --fraems"),
        (["render", "x", "--frames", "three"], "synthvision render: Invalid value for '--frames'"),
        (["render", "x", "--workers", "0"], "synthvision render: Invalid value for '--workers'"),
        (["schema", "tree"], "synthvision schema: Invalid value"),
        (["--colour"], "synthvision: No such option: --colour"),
        (["assets", "lst"], "synthvision assets: No such command 'lst'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(capsys, words, match):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(match)
    assert line.endswith("--help'")


def test_replay_asks_for_a_frame_or_layers(capsys):
    assert main(["replay", "x"]) == 2
    assert capsys.readouterr().err.startswith("replay needs --frame K for one frame, or --layers NAMES")


def test_no_command_shows_the_help(capsys):
    assert main([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_a_reader_that_goes_away_gets_no_traceback():
    command = [sys.executable, "-m", "synthvision", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_ctrl_c_ends_with_one_line_and_130():
    program = (
        "import os, signal, sys, synthvision.config.schema as schema\n"
        "schema.job_schema = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "from synthvision.cli.main import main\n"
        "sys.exit(main(['schema']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 130
    assert done.stderr == b"interrupted\n"
