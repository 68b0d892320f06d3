"""One data set as the page asks for it: what it is, what passes filters, labels, pictures, records."""

from __future__ import annotations

import json
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import FrameRecord, frame_of_line, parse_record, read_line
from synthvision.inspect.browse.cache import cache_limit_bytes, cache_root, dataset_cache, drop_oldest
from synthvision.inspect.browse.facets import Facet, LevelFacet, NumberFacet, build_facets
from synthvision.inspect.browse.filters import Selected, parse_selection, select
from synthvision.inspect.browse.index import FrameIndex, IndexBuilder
from synthvision.inspect.browse.overlays import Overlay, class_skeletons, frame_overlays, hex_colour
from synthvision.inspect.browse.pictures import FramePictures, Picture
from synthvision.inspect.browse.thumbnails import ThumbnailStore
from synthvision.inspect.browse.tree import open_branch
from synthvision.inspect.palette import class_colours

__all__ = ["MAX_BATCH", "MAX_PAGE", "Browser"]

#: Most frames whose labels are given at once, and most frame indices of a page of a selection.
MAX_BATCH = 64
MAX_PAGE = 1_000
_KEPT_SELECTIONS = 24

Pairs = Iterable[tuple[str, str]]


class Browser:
    """One data set, opened for looking at it; safe to use from several threads.

    Args:
        folder: The data set.
        progress: Called with the number of frames whose records are in the index, as they come.
        processes: Most processes that read records at a time; more than one needs a script that guards its main part,
            as `multiprocessing` asks.

    Raises:
        DatasetError: The folder is missing, is no data set, or its records cannot be read.
    """

    def __init__(
        self, folder: str | Path, *, progress: Callable[[int], None] | None = None, processes: int = 1
    ) -> None:
        self._given = str(folder)
        dataset = open_dataset(folder)
        self._layout, self.manifest = dataset.layout, dataset.manifest
        cache = self._cache_folder()
        limit = cache_limit_bytes()
        self._builder = IndexBuilder(self._layout, self.manifest.class_names, cache, processes=processes)
        self.pictures = FramePictures(self._layout, self.manifest, self._given, ThumbnailStore(cache, limit // 2))
        self.colours = class_colours(self.manifest.class_names)
        self._skeletons = class_skeletons(self.manifest)
        self._lock = threading.RLock()
        self._selections: OrderedDict[tuple[str, object], Selected] = OrderedDict()
        self._index = self._builder.load(progress)
        self._facets = build_facets(self._index, self.manifest.config)

    @property
    def index(self) -> FrameIndex:
        """The index as it was when it was last asked for."""
        return self._index

    @property
    def facets(self) -> Mapping[str, Facet]:
        """What can be filtered by."""
        return self._facets

    def close(self) -> None:
        """Close the file of thumbnails."""
        self.pictures.close()

    def refresh(self) -> FrameIndex:
        """Return the index as the records are now, looked at not more often than a moment ago."""
        with self._lock:
            index = self._builder.load(patient=True)
            if index is not self._index:
                self._index = index
                self._facets = build_facets(index, self.manifest.config)
                self._selections.clear()
            return index

    def about(self) -> dict[str, Any]:
        """Return what the data set is, as JSON values: name, classes with colours, layers, facets with their levels."""
        index, manifest = self.refresh(), self.manifest
        scene = manifest.config.get("scene")
        description = scene.get("description", "") if isinstance(scene, Mapping) else ""
        return {
            "name": manifest.name,
            "folder": self._given,
            "description": description,
            "generator": manifest.generator,
            "seed": manifest.seed,
            "config_hash": manifest.config_hash,
            "version": index.version,
            "frames": len(index),
            "expected": manifest.frame_count,
            "failures": [
                {"frame": failure.frame, "reason": failure.reason[:500]} for failure in self._failures()[:100]
            ],
            "failed": len(self._failures()),
            "classes": [{"name": name, "colour": hex_colour(colour)} for name, colour in self.colours.items()],
            "layers": sorted(manifest.layers),
            "augmented": manifest.augmentation is not None,
            "facets": [_facet_json(facet) for facet in self._facets.values()],
        }

    def select(self, pairs: Pairs) -> Selected:
        """Return what passes the filters that the words of an address stand for.

        Raises:
            UsageError: A filter is not known here.
        """
        with self._lock:
            selection = parse_selection(pairs, self._facets)
            key = (self._index.version, selection)
            found = self._selections.get(key)
            if found is None:
                found = self._selections[key] = select(self._index, self._facets, selection)
                while len(self._selections) > _KEPT_SELECTIONS:
                    self._selections.popitem(last=False)
            self._selections.move_to_end(key)
            return found

    def page(self, pairs: Pairs, start: int, count: int) -> dict[str, Any]:
        """Return a page of the frames that pass: ``frames`` and, for each, how many objects count and its size.

        Raises:
            UsageError: A filter is not known here, or the page is too long.
        """
        if not 1 <= count <= MAX_PAGE or start < 0:
            raise UsageError(f"a page must be 1 to {MAX_PAGE} frames from 0 on, got {count} from {start}")
        with self._lock:
            index, selected = self._index, self.select(pairs)
        rows = selected.rows[start : start + count]
        columns = index.columns.frames
        return {
            "version": index.version,
            "total": len(selected.rows),
            "objects": selected.object_count,
            "start": start,
            "frames": columns["frame"][rows].tolist(),
            "counts": selected.counts[rows].tolist(),
            "sizes": np.stack([columns["width"][rows], columns["height"][rows]], axis=1).tolist(),
            "broken": columns["broken"][rows].astype(bool).tolist(),
        }

    def histograms(self, pairs: Pairs) -> dict[str, Any]:
        """Return the counts of every facet as the filters leave them.

        Raises:
            UsageError: A filter is not known here.
        """
        selected = self.select(pairs)
        return {
            "total": len(selected.rows),
            "objects": selected.object_count,
            "filtered": selected.filtered,
            "counts": {key: list(counts) for key, counts in selected.histograms.items()},
        }

    def place(self, pairs: Pairs, frame: int) -> int | None:
        """Return the place of a frame among those that pass, or None where it does not.

        Raises:
            UsageError: A filter is not known here.
        """
        row = self._index.row(frame)
        if row is None:
            return None
        found = np.flatnonzero(self.select(pairs).rows == row)
        return int(found[0]) if len(found) else None

    def record_line(self, frame: int) -> bytes:
        """Return the bytes of a frame's record.

        Raises:
            DatasetError: The frame is not in the data set.
        """
        row = self._index.row(frame)
        if row is not None and not self._index.columns.frames["part"][row]:
            offset, length = (int(self._index.columns.frames[name][row]) for name in ("offset", "length"))
            line = _read_span(self._layout, frame, offset, length)
            if line is not None:
                return line
        line = read_line(self._layout, frame)
        if line is None:
            reasons = [failure.reason for failure in self._failures() if failure.frame == frame]
            why = f": it failed: {reasons[0]}" if reasons else f", which holds {len(self._index)} frames"
            raise DatasetError(f"frame {frame} is not in {self._given}{why}")
        return line

    def record(self, frame: int) -> FrameRecord:
        """Return a frame's record.

        Raises:
            DatasetError: The frame is not in the data set, or its record is broken.
        """
        try:
            return parse_record(self.record_line(frame))
        except DatasetError as error:
            raise DatasetError(f"frame {frame}: {error}") from error

    def frame(self, frame: int, pairs: Pairs = ()) -> dict[str, Any]:
        """Return everything that the single view shows of a frame but its pictures and its record.

        Raises:
            DatasetError: The frame is not in the data set, or its record is broken.
            UsageError: A filter is not known here.
        """
        record = self.record(frame)
        overlays = frame_overlays(
            record, self.colours, ("masks", "amodal", "solids", "keypoints", "all"), skeletons=self._skeletons
        )
        matching = self._matching(frame, pairs)
        if matching is not None:
            for item in overlays["objects"]:
                item["match"] = item["id"] in matching
        origin = record.scene.get("origin", {})
        return overlays | {
            "frame": frame,
            "size": record.size_wh,
            "weather": record.weather,
            "factors": record.factor_levels,
            "origin": origin,
            "noise": record.noise,
            "exposure_ev100": record.exposure_ev100,
            "layers": sorted(record.files),
            "command": self.replay_command(record),
            "position": self.place(pairs, frame),
        }

    def labels(self, frames: Collection[int], parts: Collection[Overlay], pairs: Pairs = ()) -> list[dict[str, Any]]:
        """Return the labels of some frames; one whose record is broken has an ``error`` instead.

        Raises:
            UsageError: There are too many frames, or a filter is not known here.
        """
        if len(frames) > MAX_BATCH:
            raise UsageError(f"labels must be asked for at most {MAX_BATCH} frames, got {len(frames)}")
        pairs, answers = list(pairs), []
        for frame in frames:
            try:
                record = self.record(frame)
                found = frame_overlays(record, self.colours, parts, self._matching(frame, pairs), self._skeletons)
                answers.append(found | {"frame": frame, "size": record.size_wh})
            except DatasetError as error:
                answers.append({"frame": frame, "error": str(error)})
        return answers

    def branch(self, frame: int, path: list[str], start: int) -> dict[str, Any]:
        """Return what lies below a place of a frame's record; see `tree.open_branch`.

        Raises:
            DatasetError: The frame is not in the data set, or its record is no JSON.
            UsageError: The path leads nowhere.
        """
        try:
            return open_branch(json.loads(self.record_line(frame)), path, start)
        except ValueError as error:
            raise DatasetError(f"frame {frame}: its record must be JSON: {error}") from error

    def thumbnail(self, frame: int) -> Picture:
        """Return a small picture of a frame.

        Raises:
            DatasetError: The data set has no such picture, or it is broken.
        """
        row = self._index.row(frame)
        return self.pictures.thumbnail(frame, 0 if row is None else int(self._index.columns.frames["width"][row]))

    def replay_command(self, record: FrameRecord) -> str:
        """Return the command that makes a frame again, from the folder that `view` was started in."""
        if record.augmentation is not None and self.manifest.augmentation is not None:
            source = shlex.quote(self.manifest.augmentation.source)
            return f"synthvision replay {source} --frame {record.augmentation.source_frame}"
        return f"synthvision replay {shlex.quote(self._given)} --frame {record.frame}"

    def _matching(self, frame: int, pairs: Pairs) -> set[int] | None:
        selected = self.select(pairs)
        row = self._index.row(frame)
        if row is None or not selected.filtered:
            return None
        span = slice(int(self._index.object_start[row]), int(self._index.object_start[row + 1]))
        return set(self._index.columns.objects["instance"][span][selected.objects[span]].tolist())

    def _failures(self) -> tuple[Any, ...]:
        return open_dataset(self._layout.root).failures

    def _cache_folder(self) -> Path | None:
        root = cache_root()
        if root is None:
            return None
        try:
            folder = dataset_cache(root, self._layout.root)
            drop_oldest(root, folder, cache_limit_bytes())
        except OSError:
            return None  # a home that cannot be written to: everything works, and is made anew each time
        return folder


def _facet_json(facet: Facet) -> dict[str, Any]:
    data: dict[str, Any] = {"key": facet.key, "title": facet.title, "of": facet.of, "group": facet.group}
    if isinstance(facet, LevelFacet):
        return data | {"levels": list(facet.levels)}
    edges = getattr(facet, "edges", None)
    whole = not isinstance(facet, NumberFacet) or facet.whole
    return data | ({} if edges is None else {"edges": list(edges)}) | {"whole": whole}


def _read_span(layout: DatasetLayout, frame: int, offset: int, length: int) -> bytes | None:
    """Return a record's line by its place; None where the shard has become another one."""
    path = layout.shard(frame // FRAMES_PER_SHARD)
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            line = stream.read(length)
    except OSError:
        return None
    return line if frame_of_line(line) == frame else None
