"""Object storage: the same files and bytes as on a disk, whatever goes wrong. fsspec's own storages stand in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from synthvision.cli.main import main
from synthvision.config.job import load_job
from synthvision.core.errors import DatasetError, MissingExtraError, UsageError
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.pipeline import remote as remote_module
from synthvision.pipeline.remote import RemoteDataset, default_staging, is_url
from synthvision.pipeline.run import render_job
from synthvision.pipeline.shards import Shard

fsspec = pytest.importorskip("fsspec", reason="the extra 'remote' is not installed")


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(remote_module, "_FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def storage():
    """fsspec's storage in memory, empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def files_of(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def objects(storage, root: str = "/bucket/set") -> dict[str, bytes]:
    return {path.removeprefix(f"{root}/"): storage.cat_file(path) for path in storage.find(root)}


def begun(small_set, folder: Path, frames: set[int]) -> DatasetLayout:
    """Return a staging folder as a run leaves it that was killed after some frames."""
    shutil.copytree(small_set, folder)
    layout = DatasetLayout(folder)
    lines = layout.shard(0).read_bytes().splitlines(keepends=True)
    for path in (layout.shard(0), layout.checksum(0), layout.coco, layout.preview):
        path.unlink()
    layout.parts.mkdir()
    for frame, line in enumerate(lines):
        if frame in frames:
            layout.part(frame).write_bytes(line)
        else:
            for path in folder.glob(f"*/0000/{frame:08d}.*"):
                path.unlink()
    return layout


@pytest.fixture
def no_workers(monkeypatch):
    monkeypatch.setattr("synthvision.pipeline.run.load_plugin", lambda *words: pytest.fail("a worker was started"))


def test_memory_ends_with_the_files_and_bytes_of_a_folder(storage, small_job, small_set):
    summary = render_job(small_job, "memory://bucket/set", workers=1)
    assert (summary.done, summary.exit_code, summary.place) == (6, 0, "memory://bucket/set")
    assert objects(storage) == files_of(small_set)
    assert not default_staging("memory://bucket/set").exists()


def test_a_file_url_is_a_folder(job_file, small_set, tmp_path, capsys):
    staging = begun(small_set, tmp_path / "staging", set(range(6))).root
    url = f"file://{tmp_path}/set"
    assert main(["render", str(job_file), "--out", url, "--staging", str(staging), "--resume"]) == 0
    assert capsys.readouterr().out.splitlines() == [url]
    assert files_of(tmp_path / "set") == files_of(small_set)
    assert not staging.exists()


def test_a_machine_that_was_lost_is_followed_by_another(storage, small_job, small_set, tmp_path):
    """Storage holds a whole shard of which one picture was cut short, and the next machine has nothing."""
    for name, data in files_of(small_set).items():
        if name.startswith("annotations") or name == "preview.png":
            continue
        storage.pipe_file(f"/bucket/set/{name}", data[:-5] if name == "depth/0000/00000004.tiff" else data)
    summary = render_job(small_job, "memory://bucket/set", workers=1, resume=True)
    assert (summary.done, summary.there) == (1, 5)
    assert objects(storage) == files_of(small_set)


def test_what_is_only_here_and_what_is_only_there_are_joined(storage, small_job, small_set, tmp_path, no_workers):
    layout = begun(small_set, tmp_path / "staging", {0, 1, 2})
    lines = DatasetLayout(small_set).shard(0).read_bytes().splitlines(keepends=True)
    storage.pipe_file("/bucket/set/records/00000.jsonl", b"".join(lines[2:]))
    storage.pipe_file("/bucket/set/manifest.json", layout.manifest.read_bytes())
    for frame in range(2, 6):
        for path in small_set.glob(f"*/0000/{frame:08d}.*"):
            storage.pipe_file(f"/bucket/set/{path.relative_to(small_set)}", path.read_bytes())
    summary = render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True)
    assert (summary.done, summary.there) == (0, 6)
    assert objects(storage) == files_of(small_set)


def test_a_whole_set_is_uploaded_once(storage, small_job, small_set, tmp_path, monkeypatch, no_workers):
    for name, data in files_of(small_set).items():
        storage.pipe_file(f"/bucket/set/{name}", data)
    sent = []
    put = RemoteDataset._put_file
    monkeypatch.setattr(RemoteDataset, "_put_file", lambda self, path: (sent.append(path.name), put(self, path))[1])
    render_job(small_job, "memory://bucket/set", resume=True)
    assert sorted(sent) == ["instances.json", "manifest.json", "manifest.json", "preview.png"]
    assert objects(storage) == files_of(small_set)


def failing(monkeypatch, storage, times: int, error: Exception, name: str = ""):
    """Let uploads of some files fail so many times each."""
    tries: dict[str, int] = {}
    put = type(storage).put_file

    def put_file(self, here, there, *words, **options):
        if name in there:
            tries[there] = tries.get(there, 0) + 1
            if tries[there] <= times:
                raise error
        return put(self, here, there, *words, **options)

    monkeypatch.setattr(type(storage), "put_file", put_file)
    return tries


def test_uploads_are_tried_again(storage, small_job, small_set, tmp_path, monkeypatch):
    layout = begun(small_set, tmp_path / "staging", set(range(6)))
    tries = failing(monkeypatch, storage, 4, TimeoutError("slow down"))
    summary = render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True)
    assert summary.exit_code == 0
    assert set(tries.values()) == {5, 6}  # the manifest is uploaded twice
    assert objects(storage) == files_of(small_set)


def test_storage_that_stays_away_stops_the_run_and_resume_goes_on(storage, small_job, small_set, tmp_path, monkeypatch):
    layout = begun(small_set, tmp_path / "staging", set(range(6)))
    with pytest.MonkeyPatch.context() as patch:
        tries = failing(patch, storage, 99, OSError("503 Slow Down"), name="/depth/")
        summary = render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True)
        assert set(tries.values()) == {5}
    assert summary.exit_code == 1
    (error,) = summary.errors
    assert "depth/0000/0000000" in error
    assert "could not be uploaded: OSError: 503 Slow Down" in error
    assert str(layout.root) in error
    assert "--resume" in error
    # No record stands in storage whose images do not, and none is lost here.
    assert not [name for name in objects(storage) if name.startswith("records/")]
    assert len(list(layout.root.glob("depth/0000/*"))) == 6
    assert render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True).exit_code == 0
    assert objects(storage) == files_of(small_set)


def test_without_permission_it_is_tried_once(storage, small_job, small_set, tmp_path, monkeypatch):
    layout = begun(small_set, tmp_path / "staging", set(range(6)))
    tries = failing(monkeypatch, storage, 99, PermissionError("403 Forbidden"), name="/images/")
    summary = render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True)
    assert "403 Forbidden" in summary.errors[0]
    assert set(tries.values()) == {1}


def test_an_upload_that_lost_bytes_is_found_before_the_picture_is_removed(
    storage, small_job, small_set, tmp_path, monkeypatch
):
    layout = begun(small_set, tmp_path / "staging", set(range(6)))
    put = type(storage).put_file

    def cut(self, here, there, *words, **options):
        put(self, here, there, *words, **options)
        if there.endswith("00000003.png") and "/images/" in there:
            self.pipe_file(there, self.cat_file(there)[:-1])

    monkeypatch.setattr(type(storage), "put_file", cut)
    summary = render_job(small_job, "memory://bucket/set", staging=layout.root, resume=True)
    assert "images/0000/00000003.png must hold" in summary.errors[0]
    assert layout.layer("images", 3, "png").is_file()
    assert not [name for name in objects(storage) if name.startswith("records/")]


def test_images_leave_the_disk_shard_by_shard(storage, small_set, tmp_path):
    """Three shards of two frames each, as a longer job has: after each upload only what is not there is here."""
    layout = DatasetLayout(tmp_path / "staging")
    shutil.copytree(small_set, layout.root)
    lines = layout.shard(0).read_bytes().splitlines(keepends=True)
    remote = RemoteDataset("memory://bucket/set", staging=layout.root, resume=True)
    for number in range(3):
        layout.shard(number).write_bytes(b"".join(lines[2 * number : 2 * number + 2]))
        layout.checksum(number).write_text("0  x\n")
    for number in range(3):
        remote.put_shard(number)
        remote._behind[-1].result() if remote._behind else None
        assert len(list(layout.root.glob("images/0000/*"))) == 4 - 2 * number
        assert len(storage.find("/bucket/set/images")) == 2 + 2 * number
        assert [name for name in objects(storage) if name.startswith("records")] == [
            f"records/{shard:05d}.{kind}" for shard in range(number + 1) for kind in ("jsonl", "sha256")
        ]
    remote.close()
    assert FRAMES_PER_SHARD == 1_000


def test_a_url_that_holds_something_is_refused(storage, small_job):
    storage.pipe_file("/bucket/set/other/one.txt", b"mine")
    with pytest.raises(DatasetError, match=r"must be new or empty, but holds 'other'.*--resume"):
        render_job(small_job, "memory://bucket/set")
    assert objects(storage) == {"other/one.txt": b"mine"}


def test_a_run_that_was_begun_is_not_begun_again(storage, small_job, small_set):
    layout = begun(small_set, default_staging("memory://bucket/set"), {0})
    with pytest.raises(DatasetError, match=r"was begun and not ended.*--resume"):
        render_job(small_job, "memory://bucket/set")
    assert layout.part(0).is_file()


def test_another_job_is_refused_by_what_storage_holds(storage, job_file, small_set):
    for name, data in files_of(small_set).items():
        storage.pipe_file(f"/bucket/set/{name}", data)
    before = objects(storage)
    with pytest.raises(DatasetError, match=r"image\.width was 160 and is 128"):
        render_job(load_job(job_file, ["image.width=128"]), "memory://bucket/set", resume=True)
    assert objects(storage) == before


def test_shards_cannot_go_to_storage(small_job):
    with pytest.raises(UsageError, match="object storage has no locks"):
        render_job(small_job, "memory://bucket/set", shard=Shard(1, 2))


@pytest.mark.parametrize("url", ["nothing://bucket/set", "s4://bucket"])
def test_unknown_urls_are_refused(small_job, url):
    with pytest.raises(UsageError, match="must be a URL that fsspec knows"):
        render_job(small_job, url)


def test_without_fsspec_the_extra_is_named(small_job, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match=r"synthvision\[remote\]"):
        render_job(small_job, "memory://bucket/set")


def test_urls_and_folders_are_told_apart():
    assert is_url("gs://bucket/set")
    assert not is_url(Path("datasets/set"))
    assert default_staging("s3://a/b") != default_staging("s3://a/c")
