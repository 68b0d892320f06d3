"""A job for a user's own models: valid, complete, beside the models, and never over something that is there."""

import pytest

from synthvision.authoring.init import write_job_for_models
from synthvision.config.job import load_job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import AssetError, UsageError
from synthvision.sampling.sampler import SceneSampler


def tetrahedron(scale):
    corners = [(0, 0, 0), (scale, 0, 0), (0, scale, 0), (0, 0, scale)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners]
    return "\n".join([*lines, "f 1 3 2", "f 1 2 4", "f 1 4 3", "f 2 3 4", ""])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two models, one in a sub-folder with a name that YAML and patterns could stumble over."""
    monkeypatch.setenv("SYNTHVISION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNTHVISION_ASSETS", raising=False)
    models = tmp_path / "models"
    (models / "more").mkdir(parents=True)
    (models / "bolt.obj").write_text(tetrahedron(0.05))
    (models / "more" / "no [2], 1e5: #x.obj").write_text(tetrahedron(0.2))
    return models


@pytest.fixture
def paths(folder):
    return [folder / "bolt.obj", folder / "more" / "no [2], 1e5: #x.obj"]


def sizes_of(job):
    library = open_checked_library(job)
    models = {
        entry.name: library.load_model(entry.reference())
        for entry in library.entries
        if entry.pack == job.assets.packs[0]
    }
    return {name: float((model.bounds_23[1] - model.bounds_23[0]).max()) for name, model in models.items()}


def test_the_job_loads_checks_and_samples(folder, paths):
    written = write_job_for_models(paths)
    assert sorted(path.name for path in folder.iterdir()) == [
        "bolt.obj", "catalog.yaml", "more", "parts.yaml", "parts_scene.yaml",
    ]  # fmt: skip
    job = load_job(written.job)
    assert job.class_names == ("bolt", "no [2], 1e5: #x")
    library = open_checked_library(job)
    sampler = SceneSampler(job.scene, job.classes, library, job.seed, size_wh=(job.image.width, job.image.height))
    found = {item.category for frame in range(3) for item in sampler.sample(frame).objects}
    assert {"bolt", "no [2], 1e5: #x"} <= found


def test_the_size_is_the_files_or_the_stated_one(paths):
    assert sizes_of(load_job(write_job_for_models(paths).job)) == pytest.approx(
        {"bolt": 0.05, "more/no [2], 1e5: #x": 0.2}, rel=1e-5
    )
    for path in paths[0].parent.glob("*.yaml"):
        path.unlink()
    written = write_job_for_models(paths, sizes=["0.3", "bolt=0.01"])
    assert sizes_of(load_job(written.job)) == pytest.approx({"bolt": 0.01, "more/no [2], 1e5: #x": 0.3}, rel=1e-5)


@pytest.mark.parametrize(("scale", "size_m", "unit"), [(150.0, 0.15, "mm"), (15.0, 0.15, "cm"), (8000.0, 8.0, None)])
def test_a_file_in_another_unit_is_taken_for_what_is_likely_and_named(tmp_path, scale, size_m, unit):
    (tmp_path / "part.obj").write_text(tetrahedron(scale))
    written = write_job_for_models([tmp_path / "part.obj"])
    notes = "\n".join(written.notes)
    if unit is None:
        assert f"{scale:.3g} m long as its file says; --size-m states the real size" in notes
    else:
        assert f"which is unlikely; taken as {unit}, {size_m:.3g} m long" in notes
        assert f"size_m: {size_m}" in written.catalogue.read_text()


def test_a_folder_that_is_a_pack_keeps_its_catalogue(folder, paths):
    first = write_job_for_models(paths)
    before = first.catalogue.read_text()
    second = write_job_for_models(paths[:1], name="bolts")
    assert second.catalogue is None
    assert first.catalogue.read_text() == before
    open_checked_library(load_job(second.job))
    (folder / "new.obj").write_text(tetrahedron(0.1))
    with pytest.raises(UsageError, match=r"its list of assets must hold .*new\.obj"):
        write_job_for_models([folder / "new.obj"], name="new")
    with pytest.raises(UsageError, match=r"states the size of 'bolt'; write 0.9 there"):
        write_job_for_models(paths[:1], name="new", sizes=["bolt=0.9"])
    assert not (folder / "new.yaml").exists()


def test_nothing_is_overwritten(paths):
    written = write_job_for_models(paths)
    written.job.write_text("mine")
    with pytest.raises(UsageError, match="exists and is not overwritten"):
        write_job_for_models(paths)
    assert written.job.read_text() == "mine"


def test_a_job_above_its_models_and_never_elsewhere(folder, paths, tmp_path):
    written = write_job_for_models(paths, out=tmp_path, name="above")
    assert written.job.parent == tmp_path
    open_checked_library(load_job(written.job))
    with pytest.raises(UsageError, match="must lie in or below the folder of the job"):
        write_job_for_models(paths, out=folder / "more")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"models": ["bolt.stp"]}, r"a model must be one of \.glb.* got .*bolt\.stp"),
        ({"models": ["blot.obj"]}, r"there is no such file; did you mean 'bolt\.obj'"),
        ({"models": []}, "at least one model"),
        ({"models": ["bolt.obj", "more/bolt.obj"]}, "two models cannot both be called 'bolt'"),
        ({"name": "a b"}, "letters, digits, '-' and '_', got 'a b'"),
        ({"sizes": ["big"]}, "must be metres above 0, such as 0.12 or bolt=0.05, got 'big'"),
        ({"sizes": ["-1"]}, "must be metres above 0"),
        ({"sizes": ["blot=1"]}, "no model named 'blot'; did you mean 'bolt'"),
    ],
)
def test_wrong_input_writes_nothing(folder, change, match):
    (folder / "more" / "bolt.obj").write_text(tetrahedron(0.1))
    models = [folder / name for name in change.pop("models", ["bolt.obj"])]
    before = sorted(folder.rglob("*"))
    with pytest.raises(UsageError, match=match):
        write_job_for_models(models, **change)
    assert sorted(folder.rglob("*")) == before


def test_every_broken_model_is_named_and_nothing_written(folder, paths):
    for path in paths:
        path.write_text("f 1 2 3\n")
    with pytest.raises(AssetError) as caught:
        write_job_for_models(paths)
    assert len(str(caught.value).splitlines()) == 2
    assert not (folder / "parts.yaml").exists()
    assert not (folder / "catalog.yaml").exists()
