"""Uploaded assets: received within bounds, opened in another process, then a pack that jobs can name."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.core.errors import SynthvisionError
from synthvision.library.indexing import index_folder
from synthvision.library.loading import MODEL_SUFFIXES
from synthvision.library.packs import available_packs
from synthvision.service.jobs.environment import child_environment
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.folders import ServiceFolders
from synthvision.service.jobs.launch import launch_command
from synthvision.service.jobs.settings import Limits

__all__ = ["UPLOAD_SUFFIXES", "PackSummary", "PackUploads", "UploadedAsset"]

UPLOAD_SUFFIXES = frozenset({*MODEL_SUFFIXES, ".zip"})

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,99}\Z")
_REPORT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class UploadedAsset:
    """One asset of an upload.

    Args:
        name: Its name in the pack.
        kind: ``model``, ``material``, ``environment`` or ``photo``.
        category: What it shows.
        licence: Empty where none is stated.
        triangles: Triangles of a model, else 0.
        warnings: What is odd about it.
    """

    name: str
    kind: str
    category: str
    licence: str
    triangles: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackSummary:
    """A pack.

    Args:
        name: By which jobs name it.
        assets: Its assets.
    """

    name: str
    assets: tuple[UploadedAsset, ...]


class PackUploads:
    """Receives packs, one at a time.

    Args:
        folders: Where they go.
        limits: Bounds on what an upload takes.
    """

    def __init__(self, folders: ServiceFolders, limits: Limits) -> None:
        self._folders = folders
        self._limits = limits
        self._one = threading.Lock()

    def packs(self) -> list[PackSummary]:
        """Return the uploaded packs by name, read from their files' names and tables; nothing is opened."""
        found: list[PackSummary] = []
        for name, folder in self._folders.packs().items():
            with suppress(SynthvisionError):  # somebody changed its files by hand; jobs that name it will say so
                entries = index_folder(folder, name).entries
                assets = [UploadedAsset(item.name, item.kind, item.category, item.licence) for item in entries]
                found.append(PackSummary(name, tuple(assets)))
        return found

    def reserve(self, name: str, file: str) -> Path:
        """Return the folder into which an upload goes; it must be given to `install` or `cancel`.

        Args:
            name: Name of the pack.
            file: Name of the file.

        Raises:
            RequestError: The pack exists (409), the file is of no known kind (415) or has no plain name (422), or
                another upload is under way (503).
        """
        suffix = Path(file).suffix.lower()
        if not _FILE_NAME.match(file):
            raise RequestError(422, f"the name of a file must be plain: letters, digits, ' ._()+-', got {file[:100]!r}")
        if suffix not in UPLOAD_SUFFIXES:
            raise RequestError(
                415, f"an upload must be {', '.join(sorted(UPLOAD_SUFFIXES))}, got {suffix or 'no suffix'}"
            )
        self._folders.pack(name)
        if name in available_packs() or name in self._folders.packs():
            raise RequestError(
                409, f"there is a pack named {name!r}; give the upload another name, or remove that first"
            )
        if not self._one.acquire(blocking=False):
            raise RequestError(503, "one upload at a time is taken; try again", retry_after_s=5)
        try:
            return self._folders.new_staging()
        except BaseException:
            self._one.release()
            raise

    async def receive(self, stream: AsyncIterator[bytes], staging: Path) -> int:
        """Write the bytes of an upload and return how many they are.

        Raises:
            RequestError: They are none, or more than allowed (413).
        """
        size = 0
        with (staging / "upload").open("xb") as target:
            async for block in stream:
                size += len(block)
                if size > self._limits.upload_bytes:
                    raise RequestError(413, f"an upload must have at most {self._limits.upload_bytes} bytes")
                target.write(block)
        if not size:
            raise RequestError(422, "an upload must not be empty")
        return size

    def install(self, staging: Path, name: str, file: str, details: Mapping[str, Any]) -> PackSummary:
        """Open an upload in another process, make it a pack, and let the next upload in.

        Args:
            staging: What `reserve` returned, with the upload in it.
            name: Name of the pack.
            file: Name of the file.
            details: Category, licence, author and size_m of a single model.

        Raises:
            RequestError: It does not open, or takes too much (422).
        """
        try:
            folder = staging / "pack"
            folder.mkdir(mode=0o700)
            report = self._scan(
                staging,
                {
                    "upload": str(staging / "upload"),
                    "folder": str(folder),
                    "file": file,
                    "pack": name,
                    "details": dict(details),
                    "max_bytes": self._limits.unpacked_bytes,
                    "max_files": self._limits.files,
                    "max_triangles": self._limits.triangles,
                },
            )
            if "problems" in report:
                raise RequestError(422, "the upload cannot be used: " + "; ".join(report["problems"]))
            try:
                os.rename(folder, self._folders.pack(name))
            except OSError as error:
                raise RequestError(409, f"there is a pack named {name!r} by now: {error.strerror}") from error
            assets = [UploadedAsset(**{**item, "warnings": tuple(item["warnings"])}) for item in report["assets"]]
            return PackSummary(name, tuple(assets))
        finally:
            self.cancel(staging)

    def cancel(self, staging: Path) -> None:
        """Forget an upload and let the next one in."""
        try:
            self._folders.discard(staging)
        finally:
            self._one.release()

    def remove(self, name: str) -> None:
        """Remove an uploaded pack.

        Raises:
            RequestError: There is none of this name (404).
        """
        if name not in self._folders.packs():
            raise RequestError(404, f"there is no uploaded pack named {name!r}")
        self._folders.discard(self._folders.pack(name))

    def _scan(self, staging: Path, orders: Mapping[str, Any]) -> dict[str, Any]:
        limits = self._limits
        command = launch_command(
            [sys.executable, "-P", "-m", "synthvision.service.jobs.scan_worker"],
            cpu_s=limits.scan_s,
            memory_bytes=limits.scan_memory_bytes,
            file_bytes=limits.unpacked_bytes,
        )
        report = staging / "report.json"
        with report.open("xb") as output:
            process = subprocess.Popen(
                command,
                cwd=staging,
                env=child_environment("", small=True),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                process.communicate(json.dumps(orders).encode(), timeout=limits.scan_s)
            except subprocess.TimeoutExpired:
                pass
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        took = f"{limits.scan_s} s and {limits.scan_memory_bytes // 2**20} MiB"
        with suppress(OSError, ValueError):
            if process.returncode == 0 and report.stat().st_size <= _REPORT_BYTES:
                found: dict[str, Any] = json.loads(report.read_bytes())
                return found
        return {"problems": [f"it must open within {took}, and it did not; make it smaller, or repair it"]}
