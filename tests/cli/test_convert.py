"""``synthvision convert``: what it calls, what goes where, and exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from synthvision.cli.main import main
from synthvision.pipeline.convert import Conversion, PartCounts


@pytest.fixture
def converted(monkeypatch):
    """Replace the conversion by one that records how it is called."""
    calls = []

    def fake(*args, **options):
        options.pop("progress")
        calls.append((args, options))
        counts = PartCounts(images=3, labelled=Counter(ball=2, cone=1))
        return Conversion(Path("o"), Path("o/data.yaml"), {"train": counts}, ("something was left out: 4",))

    monkeypatch.setattr("synthvision.pipeline.convert.convert_dataset", fake)
    return calls


def test_the_path_goes_to_stdout_and_the_rest_to_stderr(converted, capsys):
    words = ["convert", "set", "--to", "yolo", "--out", "o", "--option", "task=pose", "--option", "ignored=grey_out"]
    assert (
        main([*words, "--split", "train=0.8,val=0.2", "--split-by", "asset", "--split-seed", "7", "--frames", "0-9"])
        == 0
    )
    captured = capsys.readouterr()
    assert captured.out == "o/data.yaml\n"
    assert captured.err == "something was left out: 4\ntrain: 3 images; labels: 2 ball, 1 cone\n"
    assert converted == [
        (
            (Path("set"), "yolo", Path("o")),
            {
                "options": ["task=pose", "ignored=grey_out"],
                "split": "train=0.8,val=0.2",
                "split_by": "asset",
                "split_seed": 7,
                "frames": "0-9",
            },
        )
    ]


def test_left_out_options_are_those_of_the_function(converted):
    assert main(["convert", "set", "--to", "coco", "--out", "o"]) == 0
    assert converted[0][1] == {"options": (), "split": None, "split_by": "scene", "split_seed": 0, "frames": None}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["convert", "set", "--out", "o"], "Missing option '--to'"),
        (["convert", "set", "--to", "yolo"], "Missing option '--out'"),
        (["convert", "set", "--to", "yollo", "--out", "o"], "no exporters plugin named 'yollo'; did you mean 'yolo'?"),
        (["convert", "set", "--to", "yolo", "--out", "o", "--option", "tusk=pose"], "did you mean 'task'?"),
        (["convert", "set", "--to", "yolo", "--out", "o", "--split", "train=2"], "a split must be written as"),
        (["convert", "set", "--to", "yolo", "--out", "o", "--split-seed", "-1"], "--split-seed"),
        (["convert", "set", "--to", "yolo", "--out", "o"], "a data set must be a folder"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_help_loads_nothing_heavy():
    program = """
import sys
from synthvision.cli.main import main
assert main(["convert", "--help"]) == 0
heavy = ("numpy", "cv2", "pandas", "pyarrow", "torch", "ray", "fastapi")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "--split-by" in done.stdout
