"""Every command: its help, what it calls, what it prints where, its exit code, and that nothing is left behind."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer

from synthvision.cli.main import app, main
from synthvision.pipeline.effects import EffectCost

HEAVY = ("moderngl", "cv2", "trimesh", "torch", "numpy", "scipy", "yaml", "rich", "PIL", "fcl")
JOB = """\
scene: {objects: {balls: {pick: ball}}, camera: {kind: shell, distance_m: 1}}
classes:
  - {name: ball, match: {category: ball}}
frames: 4
"""


def commands():
    """The names of all commands, those of groups with the group's name before them."""
    found = []
    todo = [((), typer.main.get_command(app))]
    while todo:
        words, command = todo.pop()
        below = getattr(command, "commands", None)
        if below:
            todo += [((*words, name), child) for name, child in below.items()]
        else:
            found.append((words, command))
    return sorted(found, key=lambda item: item[0])


COMMANDS = commands()


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHVISION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNTHVISION_ASSETS", raising=False)
    path = tmp_path / "balls.yaml"
    path.write_text(JOB)
    return "balls.yaml"


@pytest.fixture
def calls(monkeypatch):
    """Replace a function by one that records its arguments and returns what it is told."""
    recorded = []

    def plant(target, result=None):
        def fake(*args, **options):
            recorded.append((target.rsplit(".", 1)[-1], args, options))
            return result

        monkeypatch.setattr(target, fake)

    plant.recorded = recorded
    return plant


@dataclass
class Summary:
    folder: Path = Path("out")
    done: int = 4
    there: int = 0
    complete: bool = True
    place: str = "out"
    failures: tuple = ()
    errors: tuple = ()
    warnings: tuple = ()
    seconds: float = 2.0
    images_per_second: float = 2.0
    counts: dict = field(default_factory=lambda: {"ball": 5})
    exit_code: int = 0
    refusals: str = ""


def test_the_commands_of_this_stage_are_there():
    names = {" ".join(words) for words, _ in COMMANDS}
    assert names == {
        "render", "init", "preview", "replay", "validate", "bench", "schema", "doctor", "augment", "convert",
        "view", "report", "serve", "mix",
        "assets list", "assets check", "assets add", "assets remove",
        "scenario list", "scenario plan", "scenario coverage", "scenario fit", "scenario write",
        "realism apply", "realism train", "realism distil", "realism check", "realism calibrate", "realism measure",
        "realism privacy", "realism mask",
        "evaluate fidelity", "evaluate drift", "evaluate duplicates", "evaluate audit", "evaluate sim2real", "improve",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "command"), COMMANDS, ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_every_command_and_every_option_has_help(words, command, capsys):
    assert main([*words, "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "--debug" in captured.out
    for parameter in command.params:
        if parameter.name != "help":
            assert parameter.help, f"{words}: {parameter.name}"


@pytest.mark.parametrize("words", [[], ["render"], ["assets", "check"]])
def test_help_loads_nothing_heavy(words):
    program = f"""
import sys
from synthvision.cli.main import main
assert main({[*words, "--help"]!r}) == 0
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Usage: synthvision" in done.stdout
    assert done.stderr.strip() == "[]"


def test_render_calls_the_pipeline_with_what_was_asked(job, calls, capsys):
    calls("synthvision.pipeline.run.render_job", Summary())
    words = ["render", job, "--out", "o", "--frames", "9", "--seed", "5", "--set", "image.width=64", "--workers", "3"]
    assert main([*words, "--backend", "opengl"]) == 0
    ((_, (loaded, folder), options),) = calls.recorded
    assert (loaded.frames, loaded.seed, loaded.image.width) == (9, 5, 64)
    assert folder == "o"
    assert options["workers"] == 3
    assert options["frames"] is None
    captured = capsys.readouterr()
    assert captured.out == "out\n"
    assert "4 images in 2 s (2.0 images/s); labels: 5 ball" in captured.err


def test_render_makes_single_frames_and_refuses_them_beside_a_number_of_frames(job, calls, capsys):
    calls("synthvision.pipeline.run.render_job", Summary())
    assert main(["render", job, "--frame", "3", "--frame", "2"]) == 0
    assert calls.recorded[0][2]["frames"] == [3, 2]
    assert main(["render", job, "--frames", "9", "--frame", "7"]) == 2
    assert len(calls.recorded) == 1
    assert "--frames 9 asks for the first 9 frames and --frame for single ones" in capsys.readouterr().err


def test_render_names_the_folder_by_the_job_and_lists_what_failed(job, calls, capsys):
    @dataclass
    class Failure:
        index: int = 3
        reason: str = "no room"

    result = Summary(failures=(Failure(),), warnings=("1 asset states no licence",), errors=("disk full",), exit_code=1)
    calls("synthvision.pipeline.run.render_job", result)
    assert main(["render", job]) == 1
    ((_, (_, folder), options),) = calls.recorded
    assert folder == "datasets/balls"
    assert options["frames"] is None
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == ["warning: 1 asset states no licence", "frame 3 failed: no room", "disk full"]
    assert sum("disk full" in line for line in lines) == 1


def test_many_failures_are_counted_and_not_listed(job, calls, capsys):
    @dataclass
    class Failure:
        index: int
        reason: str = "no room"

    calls("synthvision.pipeline.run.render_job", Summary(failures=tuple(map(Failure, range(14))), exit_code=1))
    assert main(["render", job]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert sum("failed: no room" in line for line in lines) == 10
    assert lines[10] == "4 more frames failed, all listed in out/failures.jsonl"


def test_dry_run_prints_and_renders_nothing(job, calls, capsys):
    calls("synthvision.pipeline.run.render_job")
    calls("synthvision.pipeline.rehearsal.dry_run", "4 frames, all well")
    assert main(["render", job, "--dry-run"]) == 0
    assert [name for name, _, _ in calls.recorded] == ["dry_run"]
    assert capsys.readouterr().out == "4 frames, all well\n"


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["--frames", "0"], "--frames 0: frames: must be a whole number from 1"),
        (["--seed", "-1"], "--seed -1: seed: must be a whole number from 0"),
        (
            ["--backend", "openlg"],
            "--backend openlg: render.backend: must be one of opengl, mitsuba, pyrender, got 'openlg'; "
            "did you mean 'opengl'",
        ),
        (["--set", "image.widht=3"], "--set image.widht=3: image.widht: there is no such key; did you mean 'width'"),
        (["--set", "image"], "an override must be KEY=VALUE"),
        (["--set", "scene.objects.balls.pick=bal"], "--set scene.objects.balls.pick=bal: scene.objects.balls.pick: "),
        (["--set", "assets.packs=[shred]"], "--set assets.packs=[shred]: assets.packs.0: there is no asset pack named"),
    ],
)
def test_a_bad_option_is_one_line_exit_code_2_and_nothing_written(job, tmp_path, capsys, words, match):
    before = sorted(tmp_path.rglob("*"))
    assert main(["render", job, "--out", "o", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(match), line
    assert sorted(tmp_path.rglob("*")) == before


def test_an_output_folder_that_holds_something_is_refused(job, tmp_path, capsys, monkeypatch):
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "keep.txt").write_text("mine")
    monkeypatch.setattr("synthvision.pipeline.run.open_checked_library", lambda job: None)
    monkeypatch.setattr("synthvision.pipeline.run.new_manifest", lambda *words: None)
    assert main(["render", job, "--out", "o"]) == 2
    assert "must be new or empty, but o holds 'keep.txt'" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["keep.txt"]


def test_preview_of_a_job_and_of_a_data_set(job, calls, capsys, tmp_path):
    calls("synthvision.pipeline.preview.preview_job", Path("balls.png"))
    calls("synthvision.pipeline.preview.preview_folder", Path("set/preview.png"))
    (tmp_path / "set").mkdir()
    assert main(["preview", job, "--set", "seed=4", "--count", "3"]) == 0
    assert main(["preview", "set", "--out", "x.png"]) == 0
    (_, (loaded, out), options), (name, args, _) = calls.recorded
    assert (loaded.seed, out, options) == (4, Path("balls.png"), {"count": 3})
    assert (name, args) == ("preview_folder", ("set", Path("x.png")))
    assert capsys.readouterr().out == "balls.png\nset/preview.png\n"
    assert main(["preview", "set", "--set", "seed=4"]) == 2


def test_replay_passes_frame_changes_and_job(job, calls, capsys):
    calls("synthvision.pipeline.replay.replay_frame", Path("replay/set-17"))
    assert main(["replay", "set", "--frame", "17", "--set", "camera.fov_deg=30", "--job", job]) == 0
    ((_, args, options),) = calls.recorded
    assert args == (Path("set"), 17, ["camera.fov_deg=30"], None)
    assert options["job"].name == "balls"
    assert capsys.readouterr().out == "replay/set-17\n"


@pytest.mark.parametrize(("findings", "code"), [([], 0), (["box_extent: frame 3: box is too large"], 1)])
def test_validate_prints_findings_and_tells_by_its_exit_code(calls, capsys, findings, code):
    calls("synthvision.pipeline.check.check_dataset", findings)
    assert main(["validate", "set", "--rerender", "2"]) == code
    ((_, args, options),) = calls.recorded
    assert args == (Path("set"),)
    assert (options["rerender"], options["job"]) == (2, None)
    captured = capsys.readouterr()
    assert captured.out.splitlines() == findings
    assert captured.err.strip() == ("set: 1 finding" if findings else "set: no fault found")


@dataclass
class Report:
    images_per_second: float = 12.5
    rounds: tuple = (12.0, 12.5, 13.0)
    stages: dict = field(default_factory=lambda: {"sample": 0.01, "radiance": 0.03})
    start_seconds: float = 2.0
    backend: str = "opengl"
    driver: str = "llvmpipe"
    workers: int = 2
    frames: int = 60
    objects: int = 20
    triangles: int = 70000
    peak_rss_mib: float = 700.0
    job: str = "bench"
    effects: dict = field(default_factory=lambda: {"fog": EffectCost(0.012, 0.25)})

    def to_json(self):
        return json.dumps({"images_per_second": self.images_per_second})


def test_bench_prints_shares_and_writes_json(calls, capsys, tmp_path):
    calls("synthvision.pipeline.bench.run_bench", Report())
    assert main(["bench", "--workers", "2", "--json", str(tmp_path / "b.json"), "--detail"]) == 0
    ((_, _, options),) = calls.recorded
    assert (options["workers"], options["detail"], options["job"]) == (2, True, None)
    captured = capsys.readouterr()
    assert captured.out.startswith("12.5 images/s")
    assert "radiance      30.0 ms   75.0%" in captured.out
    assert re.search(r"fog +12.0 ms +\+25.0%", captured.out)
    assert json.loads((tmp_path / "b.json").read_text()) == {"images_per_second": 12.5}
    assert main(["bench", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == {"images_per_second": 12.5}


@dataclass
class Diagnosis:
    ok: bool

    def __str__(self):
        return "ok" if self.ok else "BAD EGL: apt-get install libegl1"


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 2)])
def test_doctor_tells_by_text_and_exit_code(calls, capsys, ok, code):
    calls("synthvision.gpu.doctor.diagnose", Diagnosis(ok))
    assert main(["doctor"]) == code
    out = capsys.readouterr().out
    assert out.splitlines()[0] == str(Diagnosis(ok))
    assert "backend mitsuba" in out
    assert "backend pyrender" in out
    assert main(["doctor", "--quiet"]) == code
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("what", ["job", "scene"])
def test_schema_prints_json(what, capsys):
    assert main(["schema", what]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == f"synthvision {what}"


TETRAHEDRON = "v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nv 0 0 0.1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def test_assets_are_added_listed_and_checked(job, tmp_path, capsys):
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "part.obj").write_text(TETRAHEDRON)
    assert main(["assets", "add", "assets", "--name", "mine"]) == 0
    captured = capsys.readouterr()
    assert "1 assets state no licence" in captured.err
    assert "pack mine: 1 models" in captured.err
    assert "the files were not opened; 'synthvision assets check mine' does that" in captured.err
    assert captured.out.strip() == str(tmp_path / "home" / "packs" / "mine.json")
    assert [path.name for path in folder.iterdir()] == ["part.obj"]
    assert main(["assets", "list"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= {"builtin", "mine"}
    assert main(["assets", "list", "mine", "--kind", "model", "--match", "p*"]) == 0
    assert capsys.readouterr().out.split()[:3] == ["mine/part", "model", "part"]
    assert main(["assets", "check", "mine", "--json", "report.json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("ok  mine/part: model, 0.1 x 0.1 x 0.1 m, 4 triangles, no licence\n")
    assert "warning: no licence is stated" in captured.out
    assert json.loads((tmp_path / "report.json").read_text())[0]["triangles"] == 4
    (folder / "part.obj").write_text("f 1 2 3\n")
    assert main(["assets", "check", "./assets"]) == 1
    assert "BAD assets/part" in capsys.readouterr().out.replace(tmp_path.name, "assets")


def test_assets_are_opened_before_they_are_added_where_that_is_asked(job, tmp_path, capsys):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "part.obj").write_text(TETRAHEDRON)
    assert main(["assets", "add", "parts", "--check"]) == 0
    assert "not opened" not in capsys.readouterr().err
    (folder / "broken.obj").write_text("f 1 2 3\n")
    assert main(["assets", "add", "parts", "--name", "more", "--check"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("BAD more/broken")
    assert "1 of 2 assets cannot be used; nothing was added" in captured.err
    assert main(["assets", "list", "more"]) == 2


def test_added_assets_can_be_removed(job, tmp_path, capsys):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "part.obj").write_text(TETRAHEDRON)
    assert main(["assets", "add", "parts", "--name", "mine"]) == 0
    catalogue = Path(capsys.readouterr().out.strip())
    assert main(["assets", "remove", "mien"]) == 2
    assert "no pack named 'mien' was added; did you mean 'mine'? (added: mine)" in capsys.readouterr().err
    assert main(["assets", "remove", "builtin"]) == 2
    assert "must be one that was added; 'builtin' is none, it is built in" in capsys.readouterr().err
    assert main(["assets", "remove", "mine"]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(catalogue)
    assert "its files were not touched" in captured.err
    assert not catalogue.exists()
    assert (folder / "part.obj").read_text() == TETRAHEDRON
    assert main(["assets", "list", "mine"]) == 2
    assert main(["assets", "remove", "../mine"]) == 2


def test_assets_of_no_pack(job, capsys):
    assert main(["assets", "list", "nope"]) == 2
    assert "there is no asset pack named 'nope'" in capsys.readouterr().err
    assert main(["assets", "add", "nowhere"]) == 2
    assert "nowhere: an asset pack must be an existing folder" in capsys.readouterr().err


def test_init_writes_a_job_that_loads(job, tmp_path, capsys):
    from synthvision.config.job import load_job

    (tmp_path / "bolt.obj").write_text(TETRAHEDRON)
    assert main(["init", "bolt.obj", "--name", "bolts", "--size-m", "0.05"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [str(tmp_path / "bolts.yaml"), str(tmp_path / "bolts_scene.yaml")]
    assert f"next: synthvision render {tmp_path / 'bolts.yaml'} --frames 8" in captured.err
    assert load_job("bolts.yaml").class_names == ("bolt",)
    assert main(["init", "bolt.obj", "--name", "bolts"]) == 2
    assert "exists and is not overwritten" in capsys.readouterr().err
