"""The jobs in SQLite: queue, states, migrations."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from synthvision.core.errors import UsageError
from synthvision.service.jobs import store as module
from synthvision.service.jobs.folders import new_id
from synthvision.service.jobs.store import ConflictError, JobRecord, JobStore, MissingJobError, QueueFullError

JOB = JobRecord(0, "", "cups", ("frames=3",), ("kit",), "queued", 0, 3)


@pytest.fixture
def open_store(tmp_path):
    opened = []

    def make(capacity: int = 8, **options: object) -> JobStore:
        opened.append(JobStore(tmp_path / "jobs.sqlite3", capacity, **options))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


def add(store: JobStore) -> JobRecord:
    return store.add(replace(JOB, id=new_id()))


def test_a_job_comes_back_as_it_was_written(open_store):
    store = open_store()
    job = add(store)
    assert (job.number, job.state, job.overrides, job.packs, job.total) == (1, "queued", ("frames=3",), ("kit",), 3)
    store.close()
    assert open_store().get(job.id) == job


def test_jobs_start_in_the_order_in_which_they_came(open_store):
    store = open_store()
    first, second, third = (add(store) for _ in range(3))
    assert [store.place_in_queue(store.get(job.id)) for job in (first, second, third)] == [1, 2, 3]
    assert store.next_queued().id == first.id
    store.move(first.id, ("queued",), "running")
    assert store.next_queued().id == second.id
    assert store.place_in_queue(store.get(first.id)) is None
    # One that is put back because the service died keeps its place; one that a person resumes goes to the end.
    assert store.requeue(first.id).state == "queued"
    assert store.next_queued().id == first.id
    store.move(first.id, ("queued",), "stopped")
    store.move(first.id, ("stopped",), "queued")
    assert store.place_in_queue(store.get(first.id)) == 3


def test_the_queue_is_bounded_and_requeueing_is_not(open_store):
    store = open_store(capacity=2)
    first = add(store)
    store.move(first.id, ("queued",), "running")
    add(store), add(store)
    with pytest.raises(QueueFullError, match="at most 2 jobs may wait"):
        add(store)
    assert store.requeue(first.id).state == "queued"  # it was let in once


def test_what_cannot_be_done_in_a_state_is_refused(open_store):
    store = open_store()
    job = add(store)
    with pytest.raises(ConflictError, match="must be running or stopping for this, but is queued"):
        store.move(job.id, ("running", "stopping"), "done")
    store.move(job.id, ("queued",), "running")
    with pytest.raises(ConflictError, match="must be stopped before"):
        store.remove(job.id)
    with pytest.raises(MissingJobError, match="no job 0123"):
        store.get("0123")
    with pytest.raises(UsageError, match="a job has no colour"):
        store.update(job.id, colour="red")


def test_changes_are_counted(open_store):
    store = open_store()
    first, second = add(store), add(store)
    version = store.version
    store.update(first.id, done=1)
    assert store.changed_since(version) == (version + 1, (first.id,))
    store.remove(second.id)
    assert store.changed_since(version)[1] == tuple(sorted((first.id, second.id)))


def test_two_threads_cannot_take_the_same_job(open_store):
    store = open_store(capacity=100)
    jobs = [add(store) for _ in range(40)]
    taken: list[str] = []

    def take() -> None:
        while (job := store.next_queued()) is not None:
            try:
                store.move(job.id, ("queued",), "running")
            except ConflictError:
                continue
            taken.append(job.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(job.id for job in jobs)


def test_older_tables_are_brought_up_to_date_and_newer_ones_refused(open_store):
    store = open_store()
    job = add(store)
    store.close()
    with_step = (*module._MIGRATIONS, "ALTER TABLE jobs ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")
    newer = open_store(migrations=with_step)
    assert newer.get(job.id) == job
    assert newer._database.execute("SELECT colour FROM jobs").fetchone()[0] == "grey"
    assert newer._database.execute("PRAGMA user_version").fetchone()[0] == 2
    assert newer._database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    newer.close()
    with pytest.raises(UsageError, match="newer version of synthvision"):
        open_store()


def test_a_step_that_fails_changes_nothing(open_store, tmp_path):
    open_store().close()
    broken = (*module._MIGRATIONS, "ALTER TABLE jobs ADD COLUMN colour TEXT; SELECT * FROM nowhere")
    with pytest.raises(UsageError, match="no such table"):
        open_store(migrations=broken)
    assert add(open_store()).number == 1


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "jobs.sqlite3").write_bytes(b"not a database at all, however one looks at it" * 100)
    with pytest.raises(UsageError, match="move it away"):
        JobStore(tmp_path / "jobs.sqlite3", 3)
