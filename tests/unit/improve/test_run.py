"""The whole loop on a tiny job: real renders, the real detector, two steps a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import synthvision as sv
from synthvision.cli.main import main
from synthvision.config.settings_file import load_settings
from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.improve.config import ImproveSpec
from synthvision.improve.journal import Journal
from synthvision.improve.run import TEST_READS
from synthvision.improve.workshop import LocalWorkshop

pytest.importorskip("torch")

JOB = """
scene:
  surface: {pick: ground, size_m: [1, 1], material: {pick: painted_wall, variants: 1}}
  objects:
    balls:
      pick: can
      variants: 1
      count: {uniform_int: [1, 3]}
      placement: {kind: on_surface, region: {radius_m: 0.3}}
  environment: {pick: studio, illuminance_lux: 500, variants: 1}
  camera: {kind: shell, look_at: [0, 0, 0], distance_m: 1.2, elevation_deg: 70, fov_deg: 50}
  exposure: {compensation_ev: {uniform: [-4, 1]}}
  factors:
    light: {of: exposure.compensation_ev, levels: {dark: [-4, -2], bright: [-2, 1]}}
classes:
  - {name: can, match: {category: can}}
frames: 4
image: {width: 64, height: 64}
"""

SETTINGS = """
job: balls.yaml
base_changes: {scene.exposure.compensation_ev: {uniform: [-2, 1]}}
validation: held
test: other
first_frames: 4
round_frames: 4
rounds: 1
floor: 0.5
workers: 1
weak_slices: {least_objects: 1, least_effect: 0, false_discovery_rate: 0.99}
training:
  steps: 2
  batch: 2
  crop: 64
  threads: 1
  network: {channels: [8, 8, 8, 8], blocks: [0, 0, 0, 0], head_channels: 8, head_layers: 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loop")
    (folder / "balls.yaml").write_text(JOB)
    (folder / "loop.yaml").write_text(SETTINGS)
    for name, seed in (("held", 50), ("other", 51)):
        sv.render_job(sv.load_job(folder / "balls.yaml", [("seed", seed)]), folder / name, workers=1)
    return folder


def spec_of(folder: Path, *changes: str) -> ImproveSpec:
    return load_settings(ImproveSpec, folder / "loop.yaml", list(changes))


def test_levels_come_from_records_and_boxes(folder: Path) -> None:
    shop = LocalWorkshop(spec_of(folder), folder)
    assert list(shop.steerable) == ["light"]
    assert shop.classes == ("can",)


def test_asked_rows_are_rendered_and_counted_as_a_generation_more(folder: Path) -> None:
    from synthvision.improve.rounds import Asked

    shop = LocalWorkshop(spec_of(folder), folder)
    made = shop.make_asked(Asked(({"light": "dark"}, None, {"light": "dark"})), 1, 4, folder / "asked")
    base, asked = (open_dataset(each) for each in made)
    assert base.manifest.generation == 1
    assert asked.manifest.generation == 2
    assert [frame.record.factor_levels["light"] for frame in asked] == ["dark", "dark"]
    assert [frame.record.factor_levels["light"] for frame in base] == ["bright"]
    assert base.indices == (4,)


def test_loop_runs_goes_on_and_counts_readings_of_the_test_set(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["improve", str(folder / "loop.yaml"), "--out", str(folder / "out")]
    assert main(call) == 0
    page = Path(capsys.readouterr().out.strip())
    assert "The loop on balls" in page.read_text()
    rounds = Journal(spec_of(folder), folder / "out").rounds()
    assert rounds[0].frames == 4
    # Untrained networks find nothing anywhere: then no slice is weak, and the loop says so.
    assert len(rounds) in (1, 2)
    assert main(call) == 0
    assert Journal(spec_of(folder), folder / "out").rounds() == rounds
    capsys.readouterr()
    for reading in (1, 2):
        assert main([*call, "--test"]) == 0
        assert json.loads(capsys.readouterr().out)["reads"] == reading
    assert len((folder / "out" / TEST_READS).read_text().splitlines()) == 2


def test_validation_pictures_are_not_trained_on(folder: Path) -> None:
    made = LocalWorkshop(spec_of(folder), folder).make_base(0, 2, folder / "leak")
    shop = LocalWorkshop(spec_of(folder, "validation=leak"), folder)
    with pytest.raises(UsageError, match="another seed"):
        shop.judge([made], lambda _: [], folder / "leak_models")


def test_renders_are_no_real_photos(folder: Path) -> None:
    with pytest.raises(UsageError, match="must be photos"):
        LocalWorkshop(spec_of(folder, "real=[other]"), folder)


def test_classes_must_match(folder: Path) -> None:
    with pytest.raises(UsageError, match="can"):
        LocalWorkshop(spec_of(folder, "renamed={can: tin, cube: box}"), folder)
