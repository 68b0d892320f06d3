"""The model process: `python -m synthvision.pipeline.refine_worker FD`, started by `synthvision.pipeline.refining`."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from synthvision.config.job import Job
from synthvision.core.errors import SynthvisionError
from synthvision.core.registry import load_plugin
from synthvision.dataset.failures import FailureLog, load_failures
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import Manifest, load_manifest, save_manifest
from synthvision.dataset.reader import Dataset, DatasetFrame, open_dataset
from synthvision.dataset.records import merge_records, parse_record, read_line
from synthvision.dataset.recovery import recover
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.joining import check_same_job
from synthvision.pipeline.messages import receive, send
from synthvision.pipeline.refining import RENDERS
from synthvision.pipeline.worker import end_with_parent
from synthvision.realism.run import RefineryRun, refined_manifest
from synthvision.realism.stage import RealismStage

__all__ = ["main"]

_POLL_S = 0.2


def main(descriptor: int) -> int:
    """Refine what the parent renders until it says that all is rendered, or goes away.

    Args:
        descriptor: Inherited file descriptor of the socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    connection = Connection(descriptor)
    setup = receive(connection)
    try:
        with closing(_Following(connection, setup)) as following:
            following.run()
    except (SynthvisionError, OSError) as error:
        send(connection, "fatal", error=type(error).__name__, reason=str(error))
        return 2
    return 0


class _Following:
    """Models, the data set in the making, and the renders that come in."""

    def __init__(self, connection: Connection, setup: dict[str, Any]) -> None:
        job = Job.from_resolved(setup["job"], folder=Path(setup["folder"]))
        if job.realism is None:
            raise SynthvisionError("the job must have a realism section")
        self._connection = connection
        self._frames: list[int] = setup["frames"]
        self._layout = DatasetLayout(Path(setup["out"]))
        self._renders = DatasetLayout(self._layout.root / RENDERS)
        draft = Manifest.model_validate(setup["manifest"])
        resume = bool(setup["resume"])
        if not (resume and self._renders.root.is_dir()):
            new_folder(self._layout.root, joining=resume)
        self._lock = DatasetLock(self._layout)
        self._stage = RealismStage(job.realism, Path(setup["folder"]))
        self._manifest = refined_manifest(draft, self._stage, draft.name, None)
        self._there: list[int] = []
        if self._layout.manifest.is_file():
            begun = load_manifest(self._layout)
            check_same_job(begun, self._manifest, self._layout)
            self._manifest = begun.model_copy(update={"frames": self._manifest.frames})
            self._there = recover(self._layout).frames.tolist()
        self._rendered = threading.Event()
        self._stopped = threading.Event()

    def close(self) -> None:
        self._stage.close()
        self._lock.release(remove=True)

    def run(self) -> None:
        send(self._connection, "ready", there=self._there, needs=sorted(self._stage.needs))
        threading.Thread(target=self._listen, daemon=True).start()
        there = set(self._there)
        todo = [frame for frame in self._frames if frame not in there]
        self._wait_for_renders(todo)
        done, ended = 0, dict[str, Any]()
        if todo and self._renders.manifest.is_file():
            fingerprint = {**self._manifest.fingerprint, **load_manifest(self._renders).fingerprint}
            manifest = self._manifest.model_copy(update={"fingerprint": dict(sorted(fingerprint.items()))})
            save_manifest(self._layout, manifest)
            run = RefineryRun(self._stage, _Live(self._renders), self._layout, manifest, workers=None)
            run.make(self._arriving(todo), progress=lambda count: send(self._connection, "refined", done=count))
            log = FailureLog(self._layout)
            for failure in load_failures(self._renders):
                log.add(failure.frame, failure.error, failure.reason, failure.tries)
            done = run.done
            ended = {
                "pictures": dict(run.counts.pictures),
                "instances": dict(run.counts.instances),
                "labels": dict(run.counts.labels),
            }
        merge_records(self._layout)
        # Not to repair: the renders below are perhaps still being written.
        whole = set(recover(self._layout, repair=False).frames.tolist())
        FailureLog(self._layout).settle(whole)
        if self._layout.manifest.is_file():
            load_plugin("exporters", "coco")().export(open_dataset(self._layout.root), self._layout.root)
        failures = [(each.frame, each.error, each.reason) for each in load_failures(self._layout)]
        empty: dict[str, Any] = {"pictures": {}, "instances": {}, "labels": {}}
        send(
            self._connection, "ended", done=done, failures=failures, interrupted=self._stopped.is_set(),
            notes=list(self._stage.notes), **{**empty, **ended},
        )  # fmt: skip

    def _listen(self) -> None:
        try:
            while not self._stopped.is_set():
                kind = receive(self._connection)["kind"]
                (self._rendered if kind == "rendered" else self._stopped).set()
        except (EOFError, OSError):
            self._stopped.set()

    def _wait_for_renders(self, todo: list[int]) -> None:
        while todo and not self._renders.manifest.is_file() and not self._over:
            time.sleep(_POLL_S)

    @property
    def _over(self) -> bool:
        return self._rendered.is_set() or self._stopped.is_set()

    def _arriving(self, todo: list[int]) -> Iterator[int]:
        """Yield frames in order, each as soon as it is rendered; those that failed are passed over."""
        for frame in todo:
            while not self._stopped.is_set():
                # Asked before the look: what came between the two is seen.
                ended = self._rendered.is_set()
                if read_line(self._renders, frame) is not None:
                    yield frame
                    break
                if ended or any(failure.frame == frame for failure in load_failures(self._renders)):
                    break
                time.sleep(_POLL_S)


class _Live(Dataset):
    """A data set that is still being written: nothing of where its records lie is remembered."""

    def __init__(self, layout: DatasetLayout) -> None:
        super().__init__(layout, load_manifest(layout))

    def frame(self, index: int) -> DatasetFrame:
        line = read_line(self.layout, index)
        if line is None:
            raise SynthvisionError(f"frame {index} is not in {self.root} any more")
        return self.wrap(parse_record(line))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
