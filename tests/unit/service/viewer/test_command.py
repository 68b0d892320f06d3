"""The commands view and report as a user calls them."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from synthvision.cli.main import main


@pytest.fixture
def start():
    """Start the command line in a process of its own, which is ended after the test."""
    running = []

    def run(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "synthvision", *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"DISPLAY": ""},
        )  # fmt: skip
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_view_prints_its_address_serves_and_ends_with_ctrl_c(start, make_dataset):
    folder = make_dataset(frames=2)
    process = start("view", folder, "--no-open", "--port", "0")
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{address}api/sets", timeout=20) as answer:
        assert json.load(answer)["sets"][0]["frames"] == 2
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert f"{folder}: 2 frames" in errors
    assert "Traceback" not in errors


def test_view_on_another_host_warns(start, make_dataset):
    process = start("view", make_dataset(frames=1), "--no-open", "--port", "0", "--host", "0.0.0.0")
    assert process.stdout.readline().startswith("http://0.0.0.0:")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert "warning: everyone who reaches 0.0.0.0 can look at these data sets" in errors


def test_view_refuses_what_it_cannot_show(make_dataset, tmp_path, capsys):
    folder = str(make_dataset(frames=1))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["view", folder, "--no-open", "--port", port]) == 2
        assert f"port {port} is in use on 127.0.0.1" in capsys.readouterr().err
    assert main(["view", str(tmp_path / "nowhere"), "--no-open", "--port", "0"]) == 2
    assert "a data set must be a folder, but there is none at" in capsys.readouterr().err
    assert main(["view", folder, folder, folder, "--no-open"]) == 2
    assert "view shows one data set or compares two, got 3" in capsys.readouterr().err


def test_view_without_the_extra_tells_the_pip_command(make_dataset, monkeypatch, capsys):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "uvicorn" else real(name, *rest)
    )
    assert main(["view", str(make_dataset(frames=1)), "--no-open", "--port", "0"]) == 2
    assert "the viewer needs an optional dependency: pip install 'synthvision[service]'" in capsys.readouterr().err


def test_report_prints_the_path_of_its_file(make_dataset, tmp_path, capsys):
    folder = make_dataset(frames=2)
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == str(folder / "report.html")
    out = tmp_path / "pages" / "flat.html"
    assert main(["report", str(folder), "--out", str(out), "--validate"]) == 0
    assert 'id="findings"' in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [["view", "--help"], ["report", "--help"]])
def test_help_loads_nothing_heavy(words):
    heavy = ("fastapi", "uvicorn", "starlette", "numpy", "cv2", "pandas", "pyarrow", "torch", "PIL")
    program = (
        "import sys\nfrom synthvision.cli.main import main\n"
        f"assert main({words!r}) == 0\nprint([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
