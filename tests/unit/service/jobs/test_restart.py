"""A service that is killed or stopped while it works: the next one finds every job and goes on."""

from __future__ import annotations

import json
import signal

from synthvision.service.jobs.folders import JobFolder
from synthvision.service.jobs.launch import lock_holder
from synthvision.service.jobs.rendering import OutputReader, RunProgress

JOB = "scene: tabletop\nclasses:\n  - {name: mug, match: {category: mug}}\nframes: 60\n"


def test_a_killed_service_goes_on_where_it_was(start, tmp_path):
    first = start(FAKE_FRAME_S="0.1")
    running, waiting = (first.client.post("/jobs", json={"yaml": JOB}).json()["id"] for _ in range(2))
    stopped = first.client.post("/jobs", json={"yaml": JOB}).json()["id"]
    first.client.post(f"/jobs/{stopped}/stop")
    first.wait(running, lambda job: job["progress"]["done"] >= 3)
    folder = tmp_path / "service" / "jobs" / running
    orphan = lock_holder(folder / "render.lock")
    first.end(signal.SIGKILL)
    # The job's process lives on and must not work beside the one that the next service starts.
    assert lock_holder(folder / "render.lock") == orphan
    made = {path.name: path.stat().st_mtime_ns for path in folder.glob("data/images/0000/*.png")}
    assert len(made) >= 3

    second = start(FAKE_FRAME_S="0.001")
    assert lock_holder(folder / "render.lock") != orphan
    done = second.wait(running, lambda job: job["state"] == "done")
    assert done["progress"]["done"] == 60
    assert second.wait(waiting, lambda job: job["state"] == "done")["progress"]["done"] == 60
    assert second.job(stopped)["state"] == "stopped"
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("data/images/0000/*.png")}
    assert after.items() >= made.items()  # nothing was made twice
    assert len(after) == 60
    assert json.loads((folder / "data" / "manifest.json").read_text())["starts"] == 0
    lines = second.client.get(f"/jobs/{running}/log").text.splitlines()
    assert sum(line.startswith("starting with") for line in lines) == 2
    assert second.end(signal.SIGTERM) == -signal.SIGTERM


def test_a_stopped_service_stops_its_jobs_and_the_next_one_resumes_them(start):
    first = start(FAKE_FRAME_S="0.1")
    job = first.client.post("/jobs", json={"yaml": JOB}).json()["id"]
    first.wait(job, lambda job: job["progress"]["done"] >= 2)
    first.end(signal.SIGINT)
    second = start(FAKE_FRAME_S="0.001")
    assert second.wait(job, lambda job: job["state"] == "done")["progress"]["done"] == 60
    second.end(signal.SIGINT)


def test_a_job_that_brings_the_service_down_is_given_up(open_client, make_settings, wait_for):
    client = open_client(limits={"recoveries": 2})
    job = client.post("/api/v1/jobs", json={"yaml": JOB}).json()["id"]
    wait_for(client, job, lambda job: job["state"] == "done")
    store = client.service.store
    runner = client.service._runner
    for expected in ("queued", "queued", "failed"):
        store.update(job, state="running")
        store._capacity = 100
        runner._closing = True  # so that the thread starts nothing meanwhile
        runner._recover()
        found = store.get(job)
        assert found.state == expected, found
    assert "3 times the service died" in found.reason


def test_a_run_that_goes_on_is_counted_with_what_was_there(client, wait_for):
    job = client.post("/api/v1/jobs", json={"yaml": JOB}).json()["id"]
    assert wait_for(client, job, lambda job: job["state"] == "done")["progress"]["done"] == 60
    runner = client.service._runner
    reader = OutputReader(client.service.folders.job(job, "job"))
    for total, done, expected in ((60, 10, 10), (20, 5, 45), (20, 20, 60), (99, 3, 3)):
        reader.progress = RunProgress(done, 0, total, 2.0, None)
        runner._write_progress(job, reader)
        progress = client.get(f"/api/v1/jobs/{job}").json()["progress"]
        assert (progress["done"], progress["total"]) == (expected, 60)


def test_output_is_read_once_whatever_it_holds(tmp_path):
    folder = JobFolder(tmp_path, "x")
    reader = OutputReader(folder)
    assert not reader.read()
    progress = b'{"done": 3, "failed": 1, "total": 9, "images_per_second": 2.5, "seconds_left": null}\n'
    with folder.output.open("wb") as output:
        output.write(b"hello\n" + progress + b'{"no": "progress"}\n{"done": "x"}\n{broken\n\xff\n\nhalf')
    assert reader.read()
    assert (reader.progress.done, reader.progress.failed, reader.progress.seconds_left) == (3, 1, None)
    assert folder.log.read_text().splitlines() == ["hello", '{"no": "progress"}', '{"done": "x"}', "{broken", "\ufffd"]
    again = OutputReader(folder, reader.offset)
    assert not again.read()
    assert again.read(whole=True)
    assert again.last_lines == ["half"]
    with folder.output.open("ab") as output:
        output.write(b"\n" + b"x" * 200_000)
    assert again.read()
    assert len(again.last_lines[-1]) <= 1 << 16
