"""A data set in object storage: ``s3://``, ``gs://`` or whatever else fsspec knows, by way of a local folder.

Frames are made in a staging folder as they are for a local data set. When a shard of a thousand records is whole, its
images are uploaded, then the shard, then its checksum, and the images are removed here: the disk holds a few shards at
a time, however large the job. What stands in storage at any moment is whole, since a shard's records come after its
images. In the end the URL holds the same files with the same bytes as a local folder, and the staging folder is gone.

A run that was stopped goes on with ``--resume``, here or, without what was not uploaded yet, on another machine: it
reads back the records, and one listing tells which images are there. Storage has no locks: one run a URL at a time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from synthvision.core.errors import DatasetError, MissingExtraError, UsageError
from synthvision.dataset.atomic import TEMPORARY_SUFFIX, atomic_file, write_bytes
from synthvision.dataset.checksums import write_checksum
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import frame_of_line, iterate_lines
from synthvision.dataset.recovery import files_of_line
from synthvision.inspect.preview import choose_evenly

__all__ = ["RemoteDataset", "default_staging", "is_url"]

_TRIES = 5
#: Before the second try; each further wait is twice as long.
_FIRST_WAIT_SECONDS = 0.5
#: Files on their way at once: storage takes long for each, and takes many at a time.
_THREADS = 16
#: Shards whose upload may be behind: the disk holds so many, and those in the making.
_SHARDS_BEHIND = 2
_PREVIEW_FRAMES = 12

_Result = TypeVar("_Result")


def is_url(out: str | Path) -> bool:
    """Return whether an output is a URL rather than a folder.

    Example:
        >>> is_url("s3://bucket/set"), is_url("datasets/set")
        (True, False)
    """
    return "://" in str(out)


def default_staging(url: str) -> Path:
    """Return the staging folder of a URL where none is named.

    In ``$XDG_CACHE_HOME/synthvision/staging``, else ``~/.cache/synthvision/staging``, keyed by the URL.

    Raises:
        UsageError: The user has no home.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        cache = Path(base) if base else Path.home() / ".cache"
    except RuntimeError as error:
        raise UsageError(
            f"frames on their way to {url} need a folder, and there is no home; name one by --staging"
        ) from error
    return cache / "synthvision" / "staging" / hashlib.sha256(url.encode()).hexdigest()[:16]


class RemoteDataset:
    """A data set that goes to object storage as it is made.

    Args:
        url: Where, e.g. ``s3://bucket/set``; credentials and endpoint come from the environment, as the storage's own
            tools have them.
        staging: Local folder through which it goes; None for `default_staging`.
        resume: Go on with what is there; else nothing may be there.

    Raises:
        MissingExtraError: fsspec is not installed.
        UsageError: fsspec does not know the kind of URL, or lacks the package for it.
    """

    def __init__(self, url: str, *, staging: str | Path | None = None, resume: bool = False) -> None:
        try:
            import fsspec.core
        except ImportError as error:
            raise MissingExtraError("a data set in object storage", "remote") from error
        self.url = url.rstrip("/")
        options = {"auto_mkdir": True} if url.startswith(("file://", "local://")) else {}
        try:
            self._storage, root = fsspec.core.url_to_fs(self.url, **options)
        except (ImportError, ValueError) as error:
            raise UsageError(f"--out {url} must be a URL that fsspec knows: {error}") from error
        self._root: str = root.rstrip("/")
        self._resume = resume
        self.layout = DatasetLayout(Path(staging) if staging is not None else default_staging(self.url))
        self._sizes: dict[str, int] = {}
        #: Shards that are in storage as they are here, by number and hash.
        self._there: dict[int, str] = {}
        self._behind: deque[Future[None]] = deque()
        self._shard_thread = ThreadPoolExecutor(1, thread_name_prefix="shards")
        self._file_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="upload")
        self.fault: DatasetError | None = None
        if not resume:
            self._check_new()

    def begin(self) -> None:
        """Bring here what a run needs to go on: manifest, records and lists, and the lengths of all files.

        Raises:
            DatasetError: Storage does not answer, or a file is broken.
        """
        self._sizes = self._listing("")
        names = [path for path in self._sizes if "/" not in path and path.endswith((".json", ".jsonl"))]
        for name in names:
            # What is here was written after what is there.
            if not (self.layout.root / name).is_file():
                write_bytes(self.layout.root / name, self._read(name))
        for path in self._sizes:
            if path.startswith("records/") and path.endswith(".jsonl"):
                self._bring_shard(int(Path(path).stem), self._read(path))

    def size_of(self, path: str) -> int | None:
        """Return the length of a file by its path in the data set, here or in storage; None where it is in neither."""
        try:
            return (self.layout.root / path).stat().st_size
        except OSError:
            return self._sizes.get(path)

    def put_manifest(self) -> None:
        """Upload the manifest: from now on the URL is a data set.

        Raises:
            DatasetError: Storage does not take it.
        """
        self._put([self.layout.manifest])

    def put_shard(self, number: int) -> None:
        """Upload a whole shard of records, and its images, while the run goes on; wait where too much is behind.

        Raises:
            DatasetError: Storage did not take this shard or one before it. Its images are still here.
        """
        self._behind.append(self._shard_thread.submit(self._upload_shard, number))
        while len(self._behind) > _SHARDS_BEHIND or (self._behind and self._behind[0].done()):
            self._behind.popleft().result()

    def put_shards(self) -> None:
        """Upload every shard that is not in storage as it is here, and wait until all are.

        Raises:
            DatasetError: Storage did not take one.
        """
        for number in self.layout.shard_numbers():
            self.put_shard(number)
        while self._behind:
            self._behind.popleft().result()

    def fetch_pictures(self, count: int = _PREVIEW_FRAMES) -> None:
        """Bring back the pictures that the contact sheet shows.

        Raises:
            DatasetError: Storage does not give one.
        """
        dataset = open_dataset(self.layout.root)
        for frame in choose_evenly(dataset.indices, count):
            path = dataset.frame(frame).record.files["image"].path
            if not (self.layout.root / path).is_file():
                write_bytes(self.layout.root / path, self._read(path))

    def put_rest(self) -> None:
        """Upload everything that belongs to all frames together, and empty the staging folder.

        Raises:
            DatasetError: Storage did not take something. All is still here.
        """
        layout = self.layout
        for path in (layout.failures, layout.mixed):
            name = path.name
            if not path.is_file() and name in self._sizes:
                self._try(partial(self._storage.rm_file, self._at(name)), f"{name} could not be removed")
        lists = [path for path in (layout.manifest, layout.failures, layout.mixed, layout.preview) if path.is_file()]
        self._put([*sorted(layout.coco.parent.glob("*.json")), *lists])
        for path in layout.root.iterdir():
            if path == layout.lock:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def end_uploads(self) -> None:
        """Wait for uploads that were begun; what becomes of them is told by the next call."""
        for future in self._behind:
            future.exception()

    def close(self) -> None:
        """End the threads, and take the staging folder away where it is empty."""
        self._shard_thread.shutdown()
        self._file_threads.shutdown()
        with suppress(OSError):
            self.layout.root.rmdir()

    def _check_new(self) -> None:
        present = self._try(self._top, "what is there could not be listed")
        if present:
            raise DatasetError(
                f"{self.url} must be new or empty, but holds {present[0]!r}; choose another, or go on with --resume"
            )
        if self.layout.manifest.is_file():
            raise DatasetError(
                f"a run to {self.url} was begun and not ended, and its frames are in {self.layout.root}; go on with "
                "--resume, or remove that folder"
            )

    def _top(self) -> list[str]:
        """Return the names of files and folders right below the URL, sorted."""
        self._storage.invalidate_cache()
        try:
            paths = self._storage.ls(self._root, detail=False)
        except FileNotFoundError:
            return []
        return sorted(filter(None, (path.rstrip("/")[len(self._root) :].lstrip("/") for path in paths)))

    def _bring_shard(self, number: int, data: bytes) -> None:
        """Join a shard of storage with what is here: of a frame that both have, what is here counts."""
        layout, lines = self.layout, dict[int, bytes]()
        for line in data.splitlines(keepends=True):
            frame = frame_of_line(line)
            if frame is not None and line.endswith(b"}\n"):
                lines[frame] = line
        lines |= dict(iterate_lines(layout, number))
        digest = hashlib.sha256()
        with atomic_file(layout.shard(number)) as stream:
            for _, line in sorted(lines.items()):
                stream.write(line)
                digest.update(line)
        write_checksum(layout, number, digest.hexdigest())
        if digest.digest() == hashlib.sha256(data).digest() and f"records/{number:05d}.sha256" in self._sizes:
            self._there[number] = digest.hexdigest()

    def _upload_shard(self, number: int) -> None:
        if self.fault is not None:
            raise self.fault
        try:
            shard = self.layout.shard(number)
            found = hashlib.sha256(shard.read_bytes()).hexdigest()
            images = [
                path
                for _, line in iterate_lines(self.layout, number)
                for name, _ in files_of_line(line)
                if (path := self.layout.root / name).is_file()
            ]
            if images:
                self._put(images)
                self._check_arrived(images)
            if self._there.get(number) != found:
                self._put([shard])
                self._put([self.layout.checksum(number)])
                self._there[number] = found
            for path in images:
                path.unlink()
        except DatasetError as error:
            self.fault = error
            raise
        except OSError as error:
            self.fault = DatasetError(f"{self.layout.root} must be readable and writable: {error}")
            raise self.fault from error

    def _check_arrived(self, images: list[Path]) -> None:
        """See by a listing that storage has every byte, before the images are removed here."""
        wanted = {self._name(path): path.stat().st_size for path in images}
        found: dict[str, int] = {}
        for folder in sorted({name.rpartition("/")[0] for name in wanted}):
            found |= self._listing(folder)
        for name, size in wanted.items():
            if found.get(name) != size:
                there = "nothing" if name not in found else f"{found[name]} bytes"
                raise DatasetError(
                    f"{self.url}/{name} must hold {size} bytes after its upload, but holds {there}; run it again with "
                    "--resume"
                )
            self._sizes[name] = size

    def _put(self, paths: Iterable[Path]) -> None:
        started = [(path, self._file_threads.submit(self._put_file, path)) for path in paths]
        for _, future in started:
            future.exception()
        for _, future in started:
            future.result()

    def _put_file(self, path: Path) -> None:
        name = self._name(path)
        self._try(lambda: self._storage.put_file(str(path), self._at(name)), f"{name} could not be uploaded")
        self._sizes[name] = path.stat().st_size

    def _read(self, name: str) -> bytes:
        data: bytes = self._try(lambda: self._storage.cat_file(self._at(name)), f"{name} could not be read")
        return data

    def _listing(self, folder: str) -> dict[str, int]:
        """Return the length of every file below a folder, by its path in the data set."""
        at = self._at(folder) if folder else self._root

        def look() -> dict[str, int]:
            self._storage.invalidate_cache()
            try:
                found = self._storage.find(at, detail=True)
            except FileNotFoundError:
                return {}
            files = {path[len(self._root) :].lstrip("/"): int(entry["size"] or 0) for path, entry in found.items()}
            return {name: size for name, size in files.items() if name and not name.endswith(TEMPORARY_SUFFIX)}

        return self._try(look, "the files there could not be listed")

    def _try(self, action: Callable[[], _Result], fault: str) -> _Result:
        for attempt in range(_TRIES):
            try:
                return action()
            except Exception as error:  # noqa: BLE001 - every kind of storage has errors of its own; all are tried again
                last: BaseException = error
                if isinstance(error, PermissionError):
                    break
                if attempt + 1 < _TRIES:
                    time.sleep(_FIRST_WAIT_SECONDS * 2**attempt)
        raise DatasetError(
            f"{self.url}: {fault}: {_sentence(last)}; what is done is kept in {self.layout.root}; when storage "
            "answers, run it again with --resume"
        ) from last

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _name(self, path: Path) -> str:
        return path.relative_to(self.layout.root).as_posix()


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
