"""A job's life through the API: submitted, watched, stopped, resumed, fetched, removed."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

import pytest
from PIL import Image

JOB = "scene: tabletop\nclasses:\n  - {name: mug, match: {category: mug}}\nframes: 5\n"


def submit(client, **data):
    answer = client.post("/api/v1/jobs", json={"yaml": JOB, **data})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['id']}"
    return answer.json()


def ended(job):
    return job["state"] in ("done", "failed", "stopped")


def events(text):
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_a_job_runs_to_its_end(client, wait_for):
    job = submit(client, name="My first job!", set={"image.width": 64})
    assert job["name"] == "my-first-job"
    assert job["progress"] == {
        "total": 5, "done": 0, "failed": 0, "images_per_second": 0.0, "seconds_left": None,
    }  # fmt: skip
    done = wait_for(client, job["id"], ended)
    assert (done["state"], done["exit_code"], done["reason"]) == ("done", 0, "")
    assert done["progress"]["done"] == 5
    assert done["actions"] == ["download", "delete"]
    assert done["overrides"] == ["image.width=64"]


def test_what_it_said_is_there_without_its_progress(client, wait_for):
    job = submit(client)
    wait_for(client, job["id"], ended)
    log = client.get(f"/api/v1/jobs/{job['id']}/log")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert log.text.splitlines() == ["starting with 0 of 5", "warning: these are no pictures", "./data"]
    assert client.get(f"/api/v1/jobs/{job['id']}/log", params={"bytes": 12}).text == "./data\n"


def test_the_submitted_text_comes_back(client):
    job = submit(client)
    assert client.get(f"/api/v1/jobs/{job['id']}/config").text == JOB


def test_pictures_are_small_and_the_newest_come_first(client, wait_for):
    job = submit(client, frames=9)
    wait_for(client, job["id"], ended)
    path = f"/api/v1/jobs/{job['id']}/pictures"
    assert client.get(path, params={"count": 3}).json() == {"frames": [8, 7, 6]}
    picture = client.get(f"{path}/8", params={"width": 32})
    image = Image.open(io.BytesIO(picture.content))
    assert (image.format, image.size) == ("JPEG", (32, 24))
    assert "immutable" in picture.headers["cache-control"]
    assert client.get(f"{path}/9").status_code == 404


def test_stop_keeps_what_is_done_and_resume_goes_on(open_client, wait_for, monkeypatch):
    monkeypatch.setenv("FAKE_FRAME_S", "0.1")
    client = open_client()
    job = submit(client, frames=40)
    path = f"/api/v1/jobs/{job['id']}"
    wait_for(client, job["id"], lambda job: job["progress"]["done"] >= 2)
    assert client.get(f"{path}/archive").status_code == 409
    assert client.delete(path).status_code == 409
    assert client.post(f"{path}/resume").status_code == 409
    assert client.post(f"{path}/stop").json()["state"] == "stopping"
    stopped = wait_for(client, job["id"], ended)
    assert (stopped["state"], stopped["exit_code"], stopped["reason"]) == ("stopped", 130, "")
    assert 2 <= stopped["progress"]["done"] < 40
    assert stopped["actions"] == ["resume", "download", "delete"]
    monkeypatch.setenv("FAKE_FRAME_S", "0.001")
    assert client.post(f"{path}/resume").json()["state"] in ("queued", "running")
    done = wait_for(client, job["id"], ended)
    assert (done["state"], done["progress"]["done"]) == ("done", 40)
    assert f"starting with {stopped['progress']['done']} of 40" in client.get(f"{path}/log").text


def test_a_job_that_hears_nothing_is_killed(open_client, wait_for, monkeypatch):
    monkeypatch.setenv("FAKE_FRAME_S", "0.2")
    monkeypatch.setenv("FAKE_DEAF", "1")
    client = open_client(limits={"grace_s": 0.3})
    job = submit(client, frames=500)
    wait_for(client, job["id"], lambda job: job["progress"]["done"] >= 1)
    client.post(f"/api/v1/jobs/{job['id']}/stop")
    stopped = wait_for(client, job["id"], ended)
    assert (stopped["state"], stopped["exit_code"]) == ("stopped", -9)


def test_a_job_that_fails_says_why(open_client, wait_for, monkeypatch):
    monkeypatch.setenv("FAKE_CODE", "1")
    client = open_client()
    job = submit(client)
    failed = wait_for(client, job["id"], ended)
    assert (failed["state"], failed["exit_code"]) == ("failed", 1)
    assert "these are no pictures" in failed["reason"]
    assert failed["actions"] == ["resume", "download", "delete"]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_data_set_is_fetched_as_one_file(client, wait_for, kind, tmp_path):
    job = submit(client, name="cups")
    wait_for(client, job["id"], ended)
    answer = client.get(f"/api/v1/jobs/{job['id']}/archive", params={"format": kind})
    assert answer.headers["content-disposition"] == f'attachment; filename="cups-{job["id"]}.{kind}"'
    if kind == "tar":
        with tarfile.open(fileobj=io.BytesIO(answer.content)) as bundle:
            bundle.extractall(tmp_path / "out", filter="data")
    else:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
            assert bundle.testzip() is None
            bundle.extractall(tmp_path / "out")
    data = client.root / "jobs" / job["id"] / "data"
    copies = {
        path.relative_to(tmp_path / "out" / f"cups-{job['id']}"): path for path in (tmp_path / "out").rglob("*.*")
    }
    assert len(copies) == 6
    assert all((data / name).read_bytes() == path.read_bytes() for name, path in copies.items())


def test_a_ticket_gives_a_data_set_once_and_without_the_token(client, wait_for):
    job = submit(client)
    path = f"/api/v1/jobs/{job['id']}"
    wait_for(client, job["id"], ended)
    ticket = client.post(f"{path}/tickets", json={"format": "zip"})
    assert ticket.status_code == 201
    bare = {"Authorization": ""}
    assert client.get(f"{path}/archive", headers=bare).status_code == 401
    fetched = client.get(ticket.json()["url"], headers=bare)
    assert zipfile.is_zipfile(io.BytesIO(fetched.content))
    assert client.get(ticket.json()["url"], headers=bare).status_code == 404
    assert client.get("/api/v1/downloads/" + "x" * 43, headers=bare).status_code == 404


def test_a_removed_job_leaves_nothing(client, wait_for):
    job = submit(client)
    wait_for(client, job["id"], ended)
    assert client.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert client.get(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert client.delete(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert not (client.root / "jobs" / job["id"]).exists()
    assert list((client.root / "trash").iterdir()) == []


def test_the_queue_is_bounded_and_says_when_to_come_again(open_client, wait_for, monkeypatch):
    monkeypatch.setenv("FAKE_FRAME_S", "0.2")
    client = open_client(queue=2)
    first = submit(client, frames=500)
    wait_for(client, first["id"], lambda job: job["state"] == "running")
    second, third = submit(client), submit(client)
    assert [client.get(f"/api/v1/jobs/{job['id']}").json()["queue_place"] for job in (second, third)] == [1, 2]
    full = client.post("/api/v1/jobs", json={"yaml": JOB})
    assert full.status_code == 429
    assert 1 <= int(full.headers["retry-after"]) <= 3600
    assert full.headers["content-type"] == "application/problem+json"
    # One that waits is stopped at once, and makes room.
    assert client.post(f"/api/v1/jobs/{second['id']}/stop").json()["state"] == "stopped"
    submit(client)
    assert client.post(f"/api/v1/jobs/{second['id']}/resume").status_code == 429
    assert client.get("/api/v1/service").json()["waiting"] == 2
    assert client.delete(f"/api/v1/jobs/{third['id']}").status_code == 204


def test_jobs_are_listed_page_by_page(client, wait_for):
    ids = [submit(client)["id"] for _ in range(5)]
    for job_id in ids:
        wait_for(client, job_id, ended)
    newest = client.get("/api/v1/jobs", params={"limit": 1}).json()["jobs"][0]["number"]
    first = client.get("/api/v1/jobs", params={"limit": 3, "before": newest + 1}).json()
    assert [job["id"] for job in first["jobs"]] == ids[:1:-1]
    second = client.get("/api/v1/jobs", params={"limit": 3, "before": first["next_before"]}).json()
    assert [job["id"] for job in second["jobs"]][:2] == ids[1::-1]
    last = client.get("/api/v1/jobs", params={"before": 2}).json()
    assert (len(last["jobs"]), last["next_before"]) == (1, None)
    assert client.get("/api/v1/jobs", params={"state": "failed"}).json()["jobs"] == []


def test_a_job_is_watched_until_it_ends(open_client, monkeypatch):
    monkeypatch.setenv("FAKE_FRAME_S", "0.15")
    client = open_client()
    job = submit(client, frames=8)
    stream = client.get(f"/api/v1/jobs/{job['id']}/events", params={"seconds": 30})
    assert stream.headers["content-type"].startswith("text/event-stream")
    told = events(stream.text)
    assert {name for name, _ in told} == {"job"}
    assert told[-1][1]["state"] == "done"
    counts = [data["progress"]["done"] for _, data in told]
    assert counts == sorted(counts)
    assert len(set(counts)) >= 3


def test_all_jobs_are_watched_at_once(client, wait_for):
    job = submit(client)
    wait_for(client, job["id"], ended)
    told = events(client.get("/api/v1/events", params={"seconds": 0.1}).text)
    assert {name for name, _ in told[:-1]} == {"job"}
    assert told[-1] == ("listed", {})
    assert told[-2][1]["id"] == job["id"]


def test_streams_are_bounded(open_client):
    client = open_client(limits={"streams": 0})
    answer = client.get("/api/v1/events", params={"seconds": 0.1})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


def test_all_forms_of_a_job_are_taken(client):
    as_json = {"scene": "tabletop", "classes": [{"name": "mug", "match": {"category": "mug"}}], "frames": 3}
    for body in ({"job": as_json}, {"builtin": "quickstart", "frames": 3}, {"yaml": JOB, "frames": 3}):
        answer = client.post("/api/v1/jobs/check", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["frames"] == 3
    text = client.post("/api/v1/jobs/check?name=cups", content=JOB, headers={"content-type": "application/yaml"})
    assert (text.json()["name"], text.json()["frames"]) == ("cups", 5)


def test_a_full_disk_stops_nothing_from_being_read(open_client, wait_for):
    client = open_client(limits={"free_bytes": 2**60})
    job = submit(client)
    failed = wait_for(client, job["id"], ended)
    assert failed["state"] == "failed"
    assert "MiB left" in failed["reason"]


def test_the_page_and_its_files_are_there(client):
    from synthvision.service.jobs.app import PAGE_FILES

    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # The policy allows no script and no style inside the page, and nothing from elsewhere.
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for forbidden in ("<style", " style=", "onclick", "http://", "https://", "<script>"):
        assert forbidden not in page.text
    for address, (_, kind) in PAGE_FILES.items():
        answer = client.get(address, headers={"Authorization": ""})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert "https://" not in answer.text
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")  # a name, not an address


def test_what_the_form_needs_comes_from_the_schema(client):
    known = client.get("/api/v1/builtin-jobs").json()
    assert "quickstart" in known["jobs"]
    fields = {field["key"]: field for field in known["fields"]}
    assert (fields["image.width"]["minimum"], fields["image.width"]["maximum"]) == (16, 4096)
    assert fields["labels.otherwise"]["choices"] == ["drop", "ignore", "keep"]
    assert fields["output.depth"]["kind"] == "boolean"
    assert len(fields) == 14
    assert client.get("/api/v1/builtin-jobs/quickstart").text.startswith("#")
    assert client.get("/api/v1/builtin-jobs/quikstart").status_code == 404
    assert client.get("/api/v1/job-schema").json()["title"] == "synthvision job"
