"""``synthvision mix``: what it calls, what goes where, and exit codes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from synthvision.cli.main import main
from synthvision.export.mixing.shares import Share
from synthvision.pipeline.mix import Mix, MixCounts
from synthvision.pipeline.mix_sources import Addition


@pytest.fixture
def mixed(monkeypatch):
    """Replace the mixing by one that records how it is called."""
    calls = []

    def fake(*args, **options):
        options.pop("progress")
        calls.append((args, options))
        counts = (
            MixCounts("photos", "real", "train", 40, 10, {"ball": 12, "cone": 0}),
            MixCounts("made", "synthetic", "train", 900, 90, {"ball": 70, "cone": 30}),
        )
        return Mix(Path("o"), Path("o/annotations/instances_train.json"), counts, ("something to know",))

    monkeypatch.setattr("synthvision.pipeline.mix.mix_sets", fake)
    return calls


def test_the_path_goes_to_stdout_and_the_rest_to_stderr(mixed, capsys):
    words = ["mix", "--add", "photos/labels.json:10", "--add", "made=90", "--add", "more", "--out", "o", "--to", "yolo"]
    words += ["--total", "120", "--classes", "ball, cone", "--map", "football=ball", "--seed", "7"]
    assert main([*words, "--images", "photos/labels.json=pics"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "o/annotations/instances_train.json\n"
    assert captured.err == (
        "something to know\n"
        "train: 10 of 40 images of photos (real); labels: 12 ball; none of cone\n"
        "train: 90 of 900 images of made (synthetic); labels: 70 ball, 30 cone\n"
    )
    additions = [
        Addition(Path("photos/labels.json"), Share(weight=Fraction(10))),
        Addition(Path("made"), Share(count=90)),
        Addition(Path("more")),
    ]
    assert mixed == [
        (
            (additions, Path("o"), "yolo"),
            {
                "total": 120,
                "classes": ["ball", "cone"],
                "renamed": {"football": "ball"},
                "seed": 7,
                "balance": None,
                "need": None,
                "pictures": {"photos/labels.json": "pics"},
            },
        )
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "o"], "Missing option '--add'"),
        (["--add", "x"], "Missing option '--out'"),
        (["--add", "x:0", "--out", "o"], "must be above 0"),
        (["--add", "x", "--out", "o", "--balance", "size"], "--balance must be class, got 'size'"),
        (["--add", "x", "--out", "o", "--map", "a"], "--map must be OLD=NEW, got 'a'"),
        (["--add", "x", "--out", "o", "--to", "yollo"], "did you mean 'yolo'?"),
        (["--add", "x", "--out", "o"], "there is no data set and no COCO file at x"),
        (["--add", "x", "--out", "o", "--total", "0"], "--total"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["mix", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
