"""The frames of a run in the making: counted, listed where they failed, their records merged when a shard is whole."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.failures import FailureLog, load_failures
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.records import merge_records, parse_record, read_line
from synthvision.pipeline.executors.executor import Executor, FrameOutcome
from synthvision.pipeline.joining import note_mixed
from synthvision.pipeline.output import export_dataset
from synthvision.pipeline.preview import preview_folder
from synthvision.pipeline.refusals import Refusals
from synthvision.pipeline.remote import RemoteDataset
from synthvision.pipeline.stages import StageClock
from synthvision.pipeline.summary import Progress

__all__ = ["RunState"]


class RunState:
    """Frames in the making and what became of them.

    Args:
        layout: The data set.
        alone: Shards of records that no other run adds to; None for all.
        frames: What is to be made, int64, ascending.
        progress: Called after every frame.
        remote: Where the data set goes from here; None where it stays.
    """

    def __init__(
        self,
        layout: DatasetLayout,
        alone: frozenset[int] | None,
        frames: NDArray[np.int64],
        *,
        progress: Callable[[Progress], None] | None = None,
        remote: RemoteDataset | None = None,
    ) -> None:
        self.total = len(frames)
        self.done = 0
        self.failures: list[FrameOutcome] = []
        self.errors: list[str] = []
        self.interrupted = False
        self.counts: Counter[str] = Counter()
        self.clock = StageClock()
        self.refusals = Refusals()
        self.peak_rss_mib = 0.0
        self.start = time.perf_counter()
        self._layout = layout
        numbers, counts = np.unique(frames // FRAMES_PER_SHARD, return_counts=True)
        self._open_frames = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        self._alone = alone
        self._failure_log = FailureLog(layout)
        self._failed_before = {failure.frame for failure in load_failures(layout)}
        self._made_after_all: set[int] = set()
        self._progress = progress
        self._remote = remote
        self._mixed: dict[str, list[int]] = {}

    def make(self, pool: Executor, chunks: Iterable[Sequence[int]]) -> None:
        """Make frames until all are made, the disk is full, or the user stops it."""
        self.start = time.perf_counter()
        try:
            self._make(pool, chunks)
        finally:
            self._note_mixed()

    def _make(self, pool: Executor, chunks: Iterable[Sequence[int]]) -> None:
        try:
            for outcome in pool.run(chunks):
                if outcome.disk_full:
                    # Nothing is wrong with the frame, and no other would fare better.
                    self.errors.append(f"{outcome.reason}; then run it again with --resume")
                    break
                self._take(outcome)
                if self._remote is not None and self._remote.fault is not None:
                    self.errors.append(str(self._remote.fault))
                    break
            else:
                return
        except KeyboardInterrupt:
            self.interrupted = True
        for outcome in pool.finish_started():
            if not outcome.disk_full:
                self._take(outcome)

    def finish(self) -> None:
        """Write what belongs to all frames together, from their records."""
        try:
            merge_records(self._layout)
            self._failure_log.settle(self._made_after_all)
            if self._remote is not None:
                self._remote.put_shards()
            export_dataset(self._layout)
            if self._layout.shard_numbers():
                if self._remote is not None:
                    self._remote.fetch_pictures()
                preview_folder(self._layout.root)
            if self._remote is not None:
                self._remote.put_rest()
        except DatasetError as error:
            # Every frame and its record is whole on disk; what is missing can be made from them when there is room.
            self.errors.append(str(error))

    def _written_after_all(self, outcome: FrameOutcome) -> FrameOutcome:
        # A worker can die between writing a frame's record and saying so; the record decides.
        line = read_line(self._layout, outcome.index)
        if line is None:
            return outcome
        labels = parse_record(line).instances
        counts = Counter(label.category for label in labels if label.status == "labelled" and label.category)
        return FrameOutcome(outcome.index, True, tries=outcome.tries, counts=dict(counts))

    def _list_failure(self, outcome: FrameOutcome) -> None:
        try:
            self._failure_log.add(outcome.index, outcome.error, outcome.reason, outcome.tries)
        except DatasetError as error:
            # The disk may be full of pictures. The job goes on, and the summary says which frames failed.
            self.errors.append(str(error))

    def _merge_when_whole(self, shard: int) -> None:
        # A thousand small files at a time: a long job never has more, and its records are readable all along.
        self._open_frames[shard] -= 1
        if self._open_frames[shard] == 0 and (self._alone is None or shard in self._alone):
            try:
                self._note_mixed()
                merge_records(self._layout, [shard])
                if self._remote is not None:
                    self._remote.put_shard(shard)
            except DatasetError as error:
                self.errors.append(str(error))

    def _note_mixed(self) -> None:
        for fingerprint, frames in self._mixed.items():
            note_mixed(self._layout, json.loads(fingerprint), np.array(sorted(frames), np.int64))
        self._mixed.clear()

    def _take(self, outcome: FrameOutcome) -> None:
        if not outcome.ok:
            outcome = self._written_after_all(outcome)
        if outcome.ok:
            self.done += 1
            if outcome.fingerprint is not None:
                self._mixed.setdefault(canonical_json(outcome.fingerprint), []).append(outcome.index)
            self.counts.update(outcome.counts)
            if outcome.index in self._failed_before:
                self._made_after_all.add(outcome.index)
            if outcome.attempts:
                self.refusals.add(outcome.attempts, outcome.missed)
            self.clock.add(outcome.seconds)
            self.peak_rss_mib = max(self.peak_rss_mib, outcome.rss_mib)
        else:
            self.failures.append(outcome)
            self._list_failure(outcome)
        self._merge_when_whole(outcome.index // FRAMES_PER_SHARD)
        if self._progress:
            ended = self.done + len(self.failures)
            rate = ended / max(time.perf_counter() - self.start, 1e-9)
            self._progress(
                Progress(self.done, len(self.failures), self.total, rate, (self.total - ended) / max(rate, 1e-9))
            )
