"""How frames are judged when workers end: with workers that are made up, so that every case is met."""

from __future__ import annotations

import math
import time
from collections import Counter

import pytest

from synthvision.core.errors import AssetError, GpuUnavailableError
from synthvision.pipeline.executors.executor import ExecutorOptions
from synthvision.pipeline.executors.supervision import Supervised, Supervisor, WorkerGoneError


class Scripted(Supervised):
    """Makes each frame at once; `fate` may say otherwise for some."""

    def __init__(self, fate, *, starts=True):
        super().__init__()
        self.fate, self.starts, self.said_ready, self.given = fate, starts, False, []

    def send(self, kind, **fields):
        self.given += fields.get("frames", [])

    def hear(self):
        if not self.starts:
            raise WorkerGoneError("exit code 3")
        if not self.said_ready:
            self.said_ready = True
            return {"kind": "ready"}
        frame = self.given.pop(0)
        what = self.fate(frame)
        if isinstance(what, Exception):
            raise what
        return {"kind": "done", "frame": frame} if what is None else {"frame": frame, "retry": True, **what}

    def stop(self, *, kill=False):
        pass


class Scripts(Supervisor):
    def __init__(self, fate, *, workers=1, starts=lambda number: True, **options):
        super().__init__(ExecutorOptions(workers=workers, **options))
        self.fate, self.starts, self.started = fate, starts, 0
        self._workers = [self._start(position) for position in range(workers)]

    def _start(self, position):
        self.started += 1
        return Scripted(self.fate, starts=self.starts(self.started))

    def _wait(self, workers, timeout_s):
        return [worker for worker in workers if worker.given or not worker.said_ready]


def outcomes(pool, frames):
    found = list(pool.run([[frame] for frame in frames]))
    assert Counter(outcome.index for outcome in found) == Counter(frames)
    return {outcome.index: outcome for outcome in found}


def dies(times, frame=2, **how):
    """A fate: the worker dies the first so many times that it makes a frame."""
    left = [times]

    def fate(index):
        if index == frame and left[0]:
            left[0] -= 1
            return WorkerGoneError("signal 9", **how)
        return None

    return fate


def test_a_frame_gets_a_second_try_in_a_new_worker():
    pool = Scripts(dies(1))
    assert all(outcome.ok for outcome in outcomes(pool, range(6)).values())
    assert pool.started == 2


def test_a_frame_that_kills_two_workers_is_given_up():
    found = outcomes(Scripts(dies(9), workers=2), range(6))
    assert [index for index, outcome in found.items() if not outcome.ok] == [2]
    assert (found[2].error, found[2].tries, found[2].reason) == (
        "WorkerDied",
        2,
        "the worker process died with signal 9",
    )


def test_a_lost_machine_is_no_frames_fault():
    pool = Scripts(dies(4, machine_lost=True))
    assert all(outcome.ok for outcome in outcomes(pool, range(6)).values())
    assert pool.started == 5


def test_a_frame_that_takes_down_every_machine_is_given_up():
    found = outcomes(Scripts(dies(99, machine_lost=True)), range(6))
    assert [index for index, outcome in found.items() if not outcome.ok] == [2]


def test_after_a_lost_machine_the_frames_of_one_scene_stay_together():
    given = []
    pool = Scripts(dies(1, frame=3, machine_lost=True))
    start = pool._start

    def noting(position):
        worker = start(position)
        give = worker.give
        worker.give = lambda chunk: (given.append(list(chunk)), give(chunk))
        return worker

    pool._workers, pool._start = [noting(0)], noting
    assert len(list(pool.run([[0, 1], [2, 3], [4, 5]]))) == 6
    assert given == [[0, 1], [2, 3], [4, 5], [3], [4, 5]]


def test_a_worker_in_doubt_is_replaced_and_its_frames_given_to_others():
    met = []

    def fate(frame):
        if frame == 1 and 1 not in met:
            met.append(1)
            return {"kind": "failed", "reason": "lost context", "error": "RenderError", "fresh": True}
        return None

    pool = Scripts(fate)
    assert all(outcome.ok for outcome in outcomes(pool, range(4)).values())
    assert pool.started == 2


def test_workers_that_never_start_end_the_run():
    pool = Scripts(lambda frame: None, starts=lambda number: False)
    with pytest.raises(GpuUnavailableError, match="3 worker processes in a row ended with exit code 3"):
        list(pool.run([[0]]))


def test_a_worker_that_waits_for_a_machine_holds_nobody_up():
    pool = Scripts(lambda frame: None, workers=2)
    late = pool._workers[1]
    late.start_seconds = math.inf
    type(late).takes_frames = property(lambda self: self.is_ready)
    try:
        pool._wait = lambda workers, timeout_s: [w for w in workers if w is not late and (w.given or not w.said_ready)]
        assert all(outcome.ok for outcome in outcomes(pool, range(4)).values())
    finally:
        del type(late).takes_frames
    assert not late.chunks


def test_a_worker_that_says_nothing_is_ended():
    pool = Scripts(lambda frame: None, frame_timeout_s=0.05)
    silent = pool._workers[0]

    def wait(workers, timeout_s):
        time.sleep(min(timeout_s, 0.1))
        return [worker for worker in workers if not worker.said_ready or (worker is not silent and worker.given)]

    pool._wait = wait
    found = outcomes(pool, range(2))
    assert all(outcome.ok for outcome in found.values())
    assert pool.started == 2


def test_workers_are_replaced_before_leaks_matter():
    pool = Scripts(lambda frame: None, recycle_frames=2)
    assert all(outcome.ok for outcome in outcomes(pool, range(6)).values())
    assert pool.started == 3


def test_an_error_of_the_job_is_raised_as_itself():
    pool = Scripts(lambda frame: None)
    pool._workers[0].hear = lambda: {"kind": "fatal", "error": "AssetError", "reason": "no pack 'shared'"}
    with pytest.raises(AssetError, match="no pack 'shared'"):
        list(pool.run([[0]]))
