"""Progress: plain lines where no terminal is, a bar where one is, always on standard error."""

import sys
from dataclasses import dataclass

import pytest

from synthvision.cli import progress
from synthvision.cli.progress import format_seconds, show_progress


@dataclass
class State:
    done: int
    failed: int = 0
    total: int = 10
    images_per_second: float = 2.5
    seconds_left: float = 70.0


def test_lines_come_now_and_then_and_at_the_end(monkeypatch, capsys):
    now = iter([0.0, 1.0, 6.0, 7.0, 8.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with show_progress(10) as update:
        for done in (1, 4, 5):
            update(State(done))
        update(State(8, failed=2, seconds_left=0))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "4/10 images  2.5 images/s  1 min 10 s left",
        "10/10 images  2.5 images/s  2 failed",
    ]


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with show_progress(10) as update:
        update(State(3))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7320, "2 h 2 min")]
)
def test_durations_are_for_people(seconds, text):
    assert format_seconds(seconds) == text
