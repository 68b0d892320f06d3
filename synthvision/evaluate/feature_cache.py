"""Features that are kept on disk by the content of the files they come from, so that none is computed twice.

The cache is a folder. Each extractor with each form of pictures has a folder of its own in it, named by the hash of
both; ``identity.json`` there says which they are. Features lie in shards: two NumPy files of the same name, one with
keys (SHA-256 of the file's content and of the part of the picture), one with the vectors. A shard is never changed, and
counts once its keys are there; so several processes may fill one cache. Nothing is ever read with pickle.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json, hash_file, hash_json
from synthvision.dataset.atomic import write_bytes, write_text
from synthvision.features.extractor import Extractor

__all__ = ["FeatureCache", "extract_features", "item_key"]

Rgb = NDArray[np.uint8]
Float32 = NDArray[np.float32]

_KEY_BYTES = 32
#: Pictures whose features are taken together, and whose features make a shard.
_CHUNK = 256
_SHARD = 2048


def item_key(path: Path, part: Sequence[float] = ()) -> bytes:
    """Return the key of a picture, or of a part of one, 32 bytes: the same for the same content, wherever it lies.

    Args:
        path: The picture's file.
        part: Box of the part in pixels; empty for the whole picture.

    Raises:
        UsageError: The file cannot be read.
    """
    try:
        content = hash_file(path)
    except OSError as error:
        raise UsageError(f"{path}: every picture must be readable: {error.strerror or error}") from error
    return hashlib.sha256(canonical_json([content, [float(value) for value in part]]).encode()).digest()


class FeatureCache:
    """What is known of one extractor with one form of pictures.

    Args:
        folder: Folder of the cache; it is made when something is added.
        identity: All that the features depend on beside the content of the file.

    Raises:
        UsageError: A file of the cache is broken.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder / hash_json(identity)[:24]
        self._identity = identity
        self._shards: list[Float32] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._waiting: list[tuple[bytes, Float32]] = []
        if self.folder.is_dir():
            for keys in sorted(self.folder.glob("*.keys.npy")):
                self._open(keys)

    def __len__(self) -> int:
        return len(self._places) + len(self._waiting)

    def get(self, key: bytes) -> Float32 | None:
        """Return the features of a key, float32 (d,); None where they are not on disk."""
        place = self._places.get(key)
        return None if place is None else self._shards[place[0]][place[1]]

    def add(self, keys: Sequence[bytes], features_nd: Float32) -> None:
        """Keep features; they are written in shards, the last with `flush`.

        Args:
            keys: 32 bytes each.
            features_nd: float32 (n, d), one row a key.

        Raises:
            DatasetError: They cannot be written.
        """
        self._waiting += zip(keys, features_nd.astype(np.float32), strict=True)
        if len(self._waiting) >= _SHARD:
            self.flush()

    def flush(self) -> None:
        """Write what waits to be written.

        Raises:
            DatasetError: It cannot be written.
        """
        if not self._waiting:
            return
        keys = np.frombuffer(b"".join(key for key, _ in self._waiting), np.uint8).reshape(-1, _KEY_BYTES)
        features = np.stack([vector for _, vector in self._waiting])
        name = hashlib.sha256(keys.tobytes()).hexdigest()[:24]
        write_text(self.folder / "identity.json", canonical_json({"identity": self._identity}) + "\n")
        write_bytes(self.folder / f"{name}.features.npy", _npy(features))
        write_bytes(self.folder / f"{name}.keys.npy", _npy(keys))
        self._waiting = []
        self._open(self.folder / f"{name}.keys.npy")

    def _open(self, file: Path) -> None:
        features_file = file.with_name(file.name.replace(".keys.", ".features."))
        try:
            keys = np.load(file, allow_pickle=False)
            features = np.load(features_file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise UsageError(f"{file}: a shard of the feature cache cannot be read ({error}): delete it") from error
        sound = keys.dtype == np.uint8 and keys.shape[1:] == (_KEY_BYTES,) and features.dtype == np.float32
        if not sound or features.ndim != 2 or len(features) != len(keys):
            raise UsageError(
                f"{file}: keys must be uint8 (n, {_KEY_BYTES}) and features float32 (n, d), got {keys.dtype} "
                f"{keys.shape} and {features.dtype} {features.shape}: delete the shard"
            )
        number = len(self._shards)
        self._shards.append(features)
        self._places.update((row.tobytes(), (number, place)) for place, row in enumerate(keys))


def extract_features(
    extractor: Extractor,
    load: Callable[[int], Rgb],
    count: int,
    *,
    cache: FeatureCache | None = None,
    key: Callable[[int], bytes] | None = None,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
) -> Float32:
    """Return the features of many pictures, float32 (n, d); those in the cache are not computed again.

    256 pictures are in memory at a time, beside the features.

    Args:
        extractor: What takes the features.
        load: Gives the picture of an index, uint8 (height, width, 3), as the extractor shall see it; it is called from
            several threads.
        count: How many pictures, 1 or more.
        cache: Where known features are taken from, and new ones are kept.
        key: Gives the key of an index; see `item_key`. Needed with a cache.
        progress: Called with the number of pictures done.
        workers: Threads that read pictures; one a core, at most 8, where left out.

    Raises:
        UsageError: There are no pictures, one cannot be read, or a cache is given without `key`.
        DatasetError: The cache cannot be written.
    """
    if count < 1:
        raise UsageError("there must be at least one picture to take features of, got none")
    if cache is not None and key is None:
        raise UsageError("with a cache, pictures must have keys: give `key` too")
    found: Float32 | None = None
    threads = workers or min(len(os.sched_getaffinity(0)), 8)
    with ThreadPoolExecutor(threads, "features") as pool:
        for start in range(0, count, _CHUNK):
            indices = range(start, min(start + _CHUNK, count))
            for index, vector in _of_chunk(extractor, load, indices, cache, key, pool):
                if found is None:
                    found = np.zeros((count, len(vector)), np.float32)
                found[index] = vector
            if progress is not None:
                progress(indices.stop)
    if cache is not None:
        cache.flush()
    assert found is not None
    return found


def _of_chunk(
    extractor: Extractor,
    load: Callable[[int], Rgb],
    indices: range,
    cache: FeatureCache | None,
    key: Callable[[int], bytes] | None,
    pool: ThreadPoolExecutor,
) -> Iterator[tuple[int, Float32]]:
    missing = list(indices)
    keys: dict[int, bytes] = {}
    if cache is not None and key is not None:
        keys = dict(zip(indices, pool.map(key, indices), strict=True))
        missing = []
        for index in indices:
            known = cache.get(keys[index])
            if known is None:
                missing.append(index)
            else:
                yield index, known
    if missing:
        features = extractor.features(pool.map(load, missing))
        if cache is not None:
            cache.add([keys[index] for index in missing], features)
        yield from zip(missing, features, strict=True)


def _npy(array: NDArray[np.uint8] | Float32) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
