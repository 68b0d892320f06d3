"""Pictures of one data set to look at: thumbnails, pictures, layers in colours, their numbers at a pixel."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.images import decode_layer, read_layer
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.inspect.browse.layers import colour_layer, probe_layer
from synthvision.inspect.browse.thumbnails import THUMBNAIL_WIDTH_PX, ThumbnailStore, make_thumbnail

__all__ = ["FramePictures", "Picture"]

_KEPT_LAYERS = 6
#: A picture of at most this size that is no wider than a thumbnail is sent as it is.
_SMALL_BYTES = 1 << 18
_MEDIA = {"png": "image/png", "jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to send.

    Args:
        data: The file.
        media_type: Its type, e.g. ``image/png``.
        note: A line that says how to read it; empty for none.
    """

    data: bytes
    media_type: str
    note: str = ""


class FramePictures:
    """The pictures of one data set; safe to use from several threads.

    Args:
        layout: The data set.
        manifest: Its manifest.
        given: The data set's folder in the user's words, for messages.
        thumbnails: Where thumbnails are kept.
    """

    def __init__(self, layout: DatasetLayout, manifest: Manifest, given: str, thumbnails: ThumbnailStore) -> None:
        self._layout = layout
        self._manifest = manifest
        self._given = given
        self._root = layout.root.resolve()
        self._thumbnails = thumbnails
        self._lock = threading.Lock()
        self._layers: OrderedDict[tuple[str, int, int], NDArray[Any]] = OrderedDict()

    def close(self) -> None:
        """Close the file of thumbnails."""
        self._thumbnails.close()

    def thumbnail(self, frame: int, width_px: int) -> Picture:
        """Return a small picture of a frame.

        Args:
            frame: Frame index.
            width_px: Width of its picture; 0 where that is not known.

        Raises:
            DatasetError: The data set has no such picture, or it is broken.
        """
        path = self._layer_path("image", frame)
        layer = self._manifest.layers["image"]
        stat = _stat(path)
        if 0 < width_px <= THUMBNAIL_WIDTH_PX and stat.st_size <= _SMALL_BYTES:
            return self.picture("image", frame)
        stamp = f"{stat.st_size} {stat.st_mtime_ns}"
        kept = self._thumbnails.get(frame, stamp)
        if kept is None:
            kept = make_thumbnail(read_layer("image", layer, path))
            self._thumbnails.put(frame, stamp, kept)
        return Picture(kept, "image/jpeg")

    def picture(self, name: LayerName, frame: int) -> Picture:
        """Return a layer of a frame as a picture; the picture itself as its file has it.

        Raises:
            DatasetError: The data set has no such layer, or the file is missing or broken.
        """
        if name in ("image", "render"):
            path = self._layer_path(name, frame)
            layer = self._manifest.layers[name]
            data = _read(path)
            try:
                decode_layer(name, layer, data)  # so that a broken file is a message and not half a picture
            except DatasetError as error:
                raise DatasetError(f"{path} {error}") from error
            return Picture(data, _MEDIA[layer.suffix])
        shown, note = colour_layer(name, self._pixels(name, frame))
        ok, data = cv2.imencode(".png", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_PNG_COMPRESSION, 1))
        if not ok:
            raise DatasetError(f"{name} of frame {frame} could not be drawn")
        return Picture(bytes(data), "image/png", note)

    def probe(self, frame: int, x: int, y: int) -> dict[str, list[float | None]]:
        """Return the numbers of all layers but the picture at a pixel, by layer, without those that are not there.

        Raises:
            DatasetError: The pixel is outside of the picture.
        """
        values: dict[str, list[float | None]] = {}
        for name in self._manifest.layers:
            if name in ("image", "render"):
                continue
            try:
                pixels = self._pixels(name, frame)
            except DatasetError:
                continue
            values[name] = probe_layer(name, pixels, x, y)
        return values

    def _pixels(self, name: LayerName, frame: int) -> NDArray[Any]:
        path = self._layer_path(name, frame)
        key = (name, frame, _stat(path).st_mtime_ns)
        with self._lock:
            if key in self._layers:
                self._layers.move_to_end(key)
                return self._layers[key]
        pixels = read_layer(name, self._manifest.layers[name], path)
        with self._lock:
            self._layers[key] = pixels
            while len(self._layers) > _KEPT_LAYERS:
                self._layers.popitem(last=False)
        return pixels

    def _layer_path(self, name: LayerName, frame: int) -> Path:
        layer = self._manifest.layers.get(name)
        if layer is None:
            there = ", ".join(sorted(self._manifest.layers))
            raise DatasetError(
                f"{self._given} must have {name} images for this, but has only: {there}; "
                f"'synthvision replay {self._given} --layers {name}' makes them"
            )
        path = self._layout.layer(layer.folder, frame, layer.suffix)
        # The manifest names the folder, and a link may lead anywhere: what is sent lies in the data set.
        if not path.resolve().is_relative_to(self._root):
            raise DatasetError(f"{name} of frame {frame} must lie inside {self._given}, but leads out of it")
        return path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error
