"""The process on a cluster that makes frames: a plain class that Ray runs, and how it packs what it says.

It makes frames as `synthvision.pipeline.frame_service` does and hands back their files: only the driver writes to the
data set. Messages are bytes that hold JSON and files, never a pickle.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from synthvision.config.job import Job
from synthvision.dataset.writer import EncodedFrame
from synthvision.pipeline.frame import FinishedFrame
from synthvision.pipeline.frame_service import StoredFrame, serve_frames
from synthvision.pipeline.output import FrameFiles

__all__ = ["FrameActor", "pack", "unpack"]

#: Messages that wait to be fetched; then the next frame waits too, so that memory does not grow with a slow driver.
_OUTBOX = 2


class FrameActor:
    """Makes frames in a thread of its own, which alone holds the GL context, while Ray's threads pass messages.

    Args:
        setup: From `synthvision.pipeline.run.worker_setup`, as JSON.
    """

    def __init__(self, setup: bytes) -> None:
        # What is on standard output would be data to whoever reads the driver's.
        os.dup2(2, 1)
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._outbox: queue.Queue[bytes] = queue.Queue(_OUTBOX)
        threading.Thread(target=self._serve, args=(json.loads(setup),), name="frames", daemon=True).start()

    def tell(self, message: bytes) -> None:
        """Take in a message."""
        self._inbox.put(json.loads(message))

    def hear(self) -> bytes:
        """Wait for the next message, and return it as `pack` gives it. The last one is ``ended``."""
        return self._outbox.get()

    def receive(self) -> dict[str, Any]:
        """See `synthvision.pipeline.frame_service.Channel`."""
        return self._inbox.get()

    def waiting(self) -> bool:
        """See `synthvision.pipeline.frame_service.Channel`."""
        return not self._inbox.empty()

    def send(self, kind: str, fields: Mapping[str, Any], frame: EncodedFrame | None = None) -> None:
        """See `synthvision.pipeline.frame_service.Channel`."""
        self._outbox.put(pack({"kind": kind, **fields}, frame))

    def _serve(self, setup: dict[str, Any]) -> None:
        node, reason = _node(), "it was told to"
        try:
            setup["device"] = _device()
            serve_frames(setup, _OnNode(self, node), _encoding)
        except BaseException as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.send("ended", {"reason": reason})


class _OnNode:
    """The actor's channel; the first message also says on which node it runs."""

    def __init__(self, actor: FrameActor, node: str) -> None:
        self.receive, self.waiting = actor.receive, actor.waiting
        self._actor, self._node = actor, node

    def send(self, kind: str, fields: Mapping[str, Any], frame: EncodedFrame | None = None) -> None:
        more = {"node": self._node} if kind in ("ready", "fatal") else {}
        self._actor.send(kind, {**fields, **more}, frame)


def pack(message: Mapping[str, Any], frame: EncodedFrame | None) -> bytes:
    """Return a message and the files of a frame as one block of bytes: a line of JSON, then the files.

    Example:
        >>> unpack(pack({"kind": "done"}, EncodedFrame(3, {"images/3.png": b"abc"}, b"{}")))
        ({'kind': 'done'}, EncodedFrame(frame=3, images={'images/3.png': b'abc'}, record=b'{}'))
    """
    if frame is None:
        return json.dumps([message]).encode() + b"\n"
    lengths = {path: len(data) for path, data in frame.images.items()}
    head = json.dumps([message, frame.frame, lengths, len(frame.record)]).encode() + b"\n"
    return b"".join([head, *frame.images.values(), frame.record])


def unpack(data: bytes) -> tuple[dict[str, Any], EncodedFrame | None]:
    """Return what `pack` packed."""
    at = data.index(b"\n") + 1
    message, *rest = json.loads(data[:at])
    if not rest:
        return message, None
    frame, lengths, record_length = rest
    images = {}
    for path, length in lengths.items():
        images[path] = data[at : at + length]
        at += length
    return message, EncodedFrame(frame, images, data[at : at + record_length])


def _encoding(job: Job) -> Callable[[FinishedFrame], StoredFrame]:
    files = FrameFiles(job)

    def store(finished: FinishedFrame) -> StoredFrame:
        start = time.perf_counter()
        encoded = files.encode(finished)
        return StoredFrame(time.perf_counter() - start, encoded)

    return store


def _device() -> int | None:
    """Return the EGL index of the GPU that the cluster set aside for this process; None where it set none aside."""
    from synthvision.gpu.devices import hardware_devices

    if not os.environ.get("CUDA_VISIBLE_DEVICES"):
        return None
    return next(iter(hardware_devices()), None)


def _node() -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())
