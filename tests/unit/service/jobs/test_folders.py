"""Nothing of the service lies outside its folder, and nothing in it leads there."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import time

import pytest
from PIL import Image

from synthvision.core.errors import DatasetError, UsageError
from synthvision.service.jobs import archives
from synthvision.service.jobs.archives import stream_archive
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.folders import ServiceFolders, new_id, slug, walk_regular
from synthvision.service.jobs.launch import launch_command, lock_holder
from synthvision.service.jobs.pictures import newest_frames, thumbnail


@pytest.fixture
def folders(tmp_path):
    found = ServiceFolders(tmp_path / "service")
    yield found
    found.close()


def test_a_folder_serves_one_service(folders, tmp_path):
    with pytest.raises(UsageError, match="used by another running service"):
        ServiceFolders(tmp_path / "service")
    assert (tmp_path / "service" / "jobs").stat().st_mode & 0o777 == 0o700


def test_links_among_its_parts_are_refused(tmp_path):
    (tmp_path / "service").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "service" / "jobs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="no symbolic link"):
        ServiceFolders(tmp_path / "service")


def test_ids_and_names_are_narrow(folders, tmp_path):
    assert folders.job(new_id(), "cups").config.name == "cups.yaml"
    for job_id, name in (("..", "x"), ("0" * 11, "x"), ("0" * 12, "../x"), ("0" * 12, "X"), ("0" * 12 + "\n", "x")):
        with pytest.raises(UsageError, match="must have an id"):
            folders.job(job_id, name)
    job_id = new_id()
    (tmp_path / "service" / "jobs" / job_id).symlink_to(tmp_path)
    with pytest.raises(UsageError, match="symbolic link"):
        folders.job(job_id, "x")
    with pytest.raises(UsageError, match="small letters"):
        folders.pack("../x")


def test_only_its_own_folders_are_removed(folders, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("x")
    for path in (victim, folders.root, folders.root / "jobs", folders.root / "jobs" / ".." / ".." / "victim"):
        with pytest.raises(UsageError, match="can be removed"):
            folders.discard(path)
    staging = folders.new_staging()
    (staging / "link").symlink_to(victim)
    folders.discard(staging)
    assert not staging.exists()
    assert (victim / "file").exists()


def test_what_a_killed_service_left_is_cleaned(folders, tmp_path):
    (folders.new_staging() / "upload").write_text("x")
    (folders.root / "trash" / "link").symlink_to(tmp_path)
    folders.clean()
    assert [*(folders.root / "staging").iterdir(), *(folders.root / "trash").iterdir()] == []
    assert tmp_path.exists()


def test_slugs_are_safe_and_stay_as_they_are():
    for text in ("..", "a/b", "Ä", "x" * 99, "-x-", "\x00", "a.b", "_"):
        name = slug(text)
        assert slug(name) == name
        assert "/" not in name
        assert "." not in name
        assert name


def test_archives_hold_plain_files_and_nothing_else(tmp_path):
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    (data / "images" / "a.png").write_bytes(b"a" * 1000)
    (data / "empty").write_bytes(b"")
    (data / ("long" * 40)).write_bytes(b"x" * 512)
    (data / ".a.partial").write_bytes(b"half")
    (data / "link").symlink_to("/etc/passwd")
    (data / "folder").symlink_to("/etc")
    os.mkfifo(data / "pipe")
    names = [path.relative_to(data).as_posix() for path in walk_regular(data)]
    assert names == ["empty", "long" * 40, "images/a.png"]
    first, second = (b"".join(stream_archive(data, "set", "tar")) for _ in range(2))
    assert first == second
    with tarfile.open(fileobj=io.BytesIO(first)) as bundle:
        assert bundle.getnames() == [f"set/{name}" for name in names]
        assert bundle.extractfile("set/images/a.png").read() == b"a" * 1000
    assert b"".join(stream_archive(data, "set", "zip")) == b"".join(stream_archive(data, "set", "zip"))


def test_an_archive_never_holds_more_than_a_block_in_memory(tmp_path):
    (tmp_path / "big").write_bytes(b"\0" * (5 * 2**20))
    for kind in ("tar", "zip"):
        assert max(map(len, stream_archive(tmp_path, "x", kind))) <= archives._BLOCK + 4096


def test_a_file_that_shrinks_while_it_is_sent_ends_the_archive(tmp_path):
    file = tmp_path / "big"
    file.write_bytes(b"\0" * (2 * archives._BLOCK))
    blocks = stream_archive(tmp_path, "x", "tar")
    next(blocks)
    os.truncate(file, 10)
    with pytest.raises(DatasetError, match="became shorter"):
        list(blocks)


def test_pictures_come_from_the_last_folders_and_links_are_not_followed(tmp_path):
    for frame in (3, 9_999, 10_000, 10_001):
        path = tmp_path / "images" / f"{frame // 10_000:04d}" / f"{frame:08d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20)).save(path)
    (tmp_path / "images" / "0001" / "00010002.png").symlink_to("/etc/passwd")
    (tmp_path / "images" / "0001" / ".00010003.png.12.partial").write_bytes(b"")
    assert newest_frames(tmp_path, 3) == [10_001, 10_000, 9_999]
    assert newest_frames(tmp_path / "none", 3) == []
    assert Image.open(io.BytesIO(thumbnail(tmp_path, 3, 20))).size == (20, 10)
    with pytest.raises(RequestError, match="no picture 10002"):
        thumbnail(tmp_path, 10_002, 20)
    (tmp_path / "images" / "0000" / "00000004.png").write_bytes(b"half a pic")
    with pytest.raises(RequestError, match="cannot be read"):
        thumbnail(tmp_path, 4, 20)


def start(*words: str, **options: object) -> subprocess.Popen[str]:
    command = launch_command([sys.executable, "-c", *words], **options)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_lock_names_the_process_that_runs_under_it(tmp_path):
    lock = tmp_path / "lock"
    assert lock_holder(lock) is None
    with start("print('up', flush=True); __import__('time').sleep(60)", lock=lock) as first:
        assert first.stdout.readline() == "up\n"
        assert lock_holder(lock) == first.pid
        with start("print('never')", lock=lock) as second:
            out, errors = second.communicate()
        assert (second.returncode, out, errors) == (75, "", "another process renders this job\n")
        first.kill()
        first.communicate()
    assert lock_holder(lock) is None
    # What an earlier holder wrote names a stranger by now: it is believed of no process that has the file not open.
    with start("import time; print('up', flush=True); time.sleep(60)", lock=lock) as third:
        assert third.stdout.readline() == "up\n"
        lock.write_text("1")
        assert lock_holder(lock) == 0
        third.kill()
        third.communicate()


def test_limits_end_a_process(tmp_path):
    with start("x = bytearray(10**9)", memory_bytes=300 * 2**20) as process:
        assert "MemoryError" in process.communicate()[1]
    begin = time.monotonic()
    with start("while True: pass", cpu_s=1) as process:
        process.communicate()
        assert process.returncode < 0
    assert time.monotonic() - begin < 20
    target = tmp_path / "big"
    with start(f"open({str(target)!r}, 'wb').write(bytes(10**7))", file_bytes=10**6) as process:
        process.communicate()
        assert process.returncode != 0
    assert target.stat().st_size <= 10**6
    with start("pass") as process:
        assert process.wait() == 0
        process.communicate()
    missing = subprocess.run(launch_command(["/no/such/program"]), capture_output=True, text=True, check=False)
    assert (missing.returncode, missing.stderr) == (127, "/no/such/program: No such file or directory\n")
