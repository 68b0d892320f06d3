"""The jobs of the service in SQLite: what was asked for, how far it is, how it ended.

Write-ahead logging keeps readers from waiting, and every change is one transaction, so a service that is killed finds
each job in a state that it was in. The form of the tables has a number, ``user_version``; older ones are brought up
to date step by step, newer ones are refused.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from synthvision.core.errors import UsageError

__all__ = ["ACTIVE", "ENDED", "ConflictError", "JobRecord", "JobStore", "MissingJobError", "QueueFullError", "State"]

State = Literal["queued", "running", "stopping", "stopped", "done", "failed"]

#: A process renders, or is about to end.
ACTIVE: tuple[State, ...] = ("running", "stopping")
#: Nothing will happen by itself.
ENDED: tuple[State, ...] = ("stopped", "done", "failed")

_MIGRATIONS = (
    f"""
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        overrides TEXT NOT NULL,
        packs TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN {get_args(State)}),
        place INTEGER NOT NULL,
        total INTEGER NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        images_per_second REAL NOT NULL DEFAULT 0,
        seconds_left REAL,
        reason TEXT NOT NULL DEFAULT '',
        exit_code INTEGER,
        log_offset INTEGER NOT NULL DEFAULT 0,
        recoveries INTEGER NOT NULL DEFAULT 0,
        created_s REAL NOT NULL,
        changed_s REAL NOT NULL
    );
    CREATE INDEX jobs_by_state ON jobs (state, place);
    """,
)


class QueueFullError(UsageError):
    """As many jobs wait as may."""


class ConflictError(UsageError):
    """A job is not in a state in which this can be done with it."""


class MissingJobError(ConflictError):
    """There is no such job."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job.

    Args:
        number: Jobs are numbered in the order in which they came.
        id: 12 hexadecimal digits.
        name: What its data set is called.
        overrides: Changes to the submitted file, as ``KEY=VALUE``.
        packs: Asset packs that it names.
        state: What happens with it.
        place: Waiting jobs are started in the order of their places.
        total: Frames that it makes.
        done: Frames on disk.
        failed: Frames given up.
        images_per_second: Rate since it was last started.
        seconds_left: At that rate, or None where that is not known.
        reason: Why it is in this state, one sentence or none.
        exit_code: Of `render`, or None while it has none.
        log_offset: How many bytes of its output are in the log.
        recoveries: How often it was started again after the service died, since the last frame.
        created_s: When it was submitted, seconds since 1970.
        changed_s: When it last changed its state, seconds since 1970.
    """

    number: int
    id: str
    name: str
    overrides: tuple[str, ...]
    packs: tuple[str, ...]
    state: State
    place: int
    total: int
    done: int = 0
    failed: int = 0
    images_per_second: float = 0.0
    seconds_left: float | None = None
    reason: str = ""
    exit_code: int | None = None
    log_offset: int = 0
    recoveries: int = 0
    created_s: float = 0.0
    changed_s: float = 0.0


_COLUMNS = tuple(item.name for item in fields(JobRecord))
_LISTS = ("overrides", "packs")


class JobStore:
    """The table of jobs. All methods may be called from any thread.

    Args:
        path: The database; made where it is missing.
        capacity: How many jobs may wait.
        migrations: The steps that bring the tables up to date; the number of those that were made is kept in the file.

    Raises:
        UsageError: The file is no database of this service, or of a newer version of it.
    """

    def __init__(self, path: Path, capacity: int, migrations: Sequence[str] = _MIGRATIONS) -> None:
        self._lock = threading.RLock()
        self._capacity = capacity
        self._changes: dict[str, int] = {}
        self._version = 0
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._database.row_factory = sqlite3.Row
        try:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._migrate(path, migrations)
        except UsageError:
            self._database.close()
            raise
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise UsageError(
                f"{path} must be the database of a service: {error}; move it away to start anew"
            ) from error

    def _migrate(self, path: Path, migrations: Sequence[str]) -> None:
        version = int(self._database.execute("PRAGMA user_version").fetchone()[0])
        if version > len(migrations):
            raise UsageError(
                f"{path} was written by a newer version of synthvision (form {version}, this one knows "
                f"{len(migrations)}); install that version, or give another --root"
            )
        for number, script in enumerate(migrations[version:], version + 1):
            # One transaction with the number: killed in between, the step is made again from the start.
            self._database.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT;")

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def changed_since(self, version: int) -> tuple[int, tuple[str, ...]]:
        """Return the present version, and the ids of the jobs that changed or went after an earlier one."""
        with self._lock:
            return self._version, tuple(sorted(name for name, last in self._changes.items() if last > version))

    def add(self, record: JobRecord) -> JobRecord:
        """Put a new job at the end of the queue and return it with its number, place and times.

        Args:
            record: The job; its number, place, state and times are not used.

        Raises:
            QueueFullError: As many jobs wait as may.
        """
        now = time.time()
        with self._lock:
            self._require_room()
            values = {
                **self._values(record),
                "state": "queued",
                "place": self._last_place() + 1,
                "created_s": now,
                "changed_s": now,
            }
            del values["number"]
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            self._database.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", values)
            return self._told(record.id)

    def get(self, job_id: str) -> JobRecord:
        """Return a job.

        Raises:
            MissingJobError: There is none of this id.
        """
        with self._lock:
            row = self._database.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise MissingJobError(f"there is no job {job_id}")
        return _record(row)

    def find(self, states: Sequence[State] = (), *, before: int | None = None, limit: int = -1) -> list[JobRecord]:
        """Return jobs, the newest first.

        Args:
            states: Only those in one of these states; all where empty.
            before: Only those with a smaller number.
            limit: At most so many; all where negative.
        """
        wanted = json.dumps(list(states or get_args(State)))
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM jobs WHERE state IN (SELECT value FROM json_each(?)) AND number < ? "
                "ORDER BY number DESC LIMIT ?",
                (wanted, 2**62 if before is None else before, limit),
            ).fetchall()
        return [_record(row) for row in rows]

    def next_queued(self) -> JobRecord | None:
        """Return the job that is to be started next, or None where none waits."""
        with self._lock:
            row = self._database.execute("SELECT * FROM jobs WHERE state = 'queued' ORDER BY place LIMIT 1").fetchone()
        return None if row is None else _record(row)

    def place_in_queue(self, record: JobRecord) -> int | None:
        """Return how many jobs start before a waiting one and it, 1 for the next; None where it does not wait."""
        if record.state != "queued":
            return None
        with self._lock:
            row = self._database.execute(
                "SELECT COUNT(*) FROM jobs WHERE state = 'queued' AND place <= ?", (record.place,)
            ).fetchone()
        # Nobody, where it was started since it was read.
        return int(row[0]) or None

    def count(self, *states: State) -> int:
        """Return how many jobs are in one of these states."""
        with self._lock:
            return len(self.find(states))

    def move(self, job_id: str, states: Sequence[State], to: State, **changes: Any) -> JobRecord:
        """Bring a job from one of some states into another one and return it.

        A job that is put back into the queue by a person goes to its end; see `requeue` for one that keeps its place.

        Args:
            job_id: The job.
            states: Where it must be.
            to: Where it goes.
            changes: Further columns.

        Raises:
            ConflictError: It is in another state, or there is no such job.
            QueueFullError: As many jobs wait as may.
        """
        with self._lock:
            record = self.get(job_id)
            if record.state not in states:
                raise ConflictError(f"the job must be {' or '.join(states)} for this, but is {record.state}")
            if to == "queued" and "place" not in changes:
                self._require_room()
                changes["place"] = self._last_place() + 1
            if to != record.state:
                changes["changed_s"] = time.time()
            return self.update(job_id, state=to, **changes)

    def requeue(self, job_id: str, **changes: Any) -> JobRecord:
        """Put a job that ran back to the place in the queue that it had, and return it."""
        with self._lock:
            return self.move(job_id, ACTIVE, "queued", place=self.get(job_id).place, **changes)

    def update(self, job_id: str, **changes: Any) -> JobRecord:
        """Change columns of a job and return it.

        Raises:
            MissingJobError: There is no such job.
        """
        unknown = changes.keys() - set(_COLUMNS)
        if unknown:
            raise UsageError(f"a job has no {', '.join(sorted(unknown))}")
        with self._lock:
            sets = ", ".join(f"{name} = :{name}" for name in changes)
            self._database.execute(f"UPDATE jobs SET {sets} WHERE id = :which", {**changes, "which": job_id})
            return self._told(job_id)

    def remove(self, job_id: str) -> JobRecord:
        """Forget a job that neither runs nor waits, and return what it was.

        Raises:
            ConflictError: It runs or waits, or there is no such job.
        """
        with self._lock:
            record = self.get(job_id)
            if record.state in ACTIVE:
                raise ConflictError(f"the job must be stopped before it is removed, but is {record.state}")
            self._database.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            self._note(job_id)
            return record

    def close(self) -> None:
        """End the use of the database."""
        with self._lock:
            self._database.close()

    def _told(self, job_id: str) -> JobRecord:
        record = self.get(job_id)
        self._note(job_id)
        return record

    def _note(self, job_id: str) -> None:
        self._version += 1
        self._changes[job_id] = self._version

    def _require_room(self) -> None:
        if self.count("queued") >= self._capacity:
            raise QueueFullError(
                f"at most {self._capacity} jobs may wait, and as many do; try again when one has started"
            )

    def _last_place(self) -> int:
        return int(self._database.execute("SELECT COALESCE(MAX(place), 0) FROM jobs").fetchone()[0])

    @staticmethod
    def _values(record: JobRecord) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in _COLUMNS}
        return {name: json.dumps(value) if name in _LISTS else value for name, value in values.items()}


def _record(row: sqlite3.Row) -> JobRecord:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    for name in _LISTS:
        values[name] = tuple(json.loads(values[name]))
    return JobRecord(**values)
