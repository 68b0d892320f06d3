"""The folder of the service: where each job, pack and upload lies, and the proof that nothing lies elsewhere.

::

    ROOT/service.sqlite3        the jobs
    ROOT/service.lock           held while a service uses the folder
    ROOT/jobs/<id>/<name>.yaml  what was submitted
    ROOT/jobs/<id>/data/        the data set
    ROOT/jobs/<id>/log.txt      what `render` said, without its progress
    ROOT/jobs/<id>/output.txt   all that it said
    ROOT/packs/<name>/          uploaded assets
    ROOT/staging/, ROOT/trash/  uploads that are not checked, and what is being removed

Names in paths are made here or fit a narrow pattern; a symbolic link anywhere on the way is refused.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from synthvision.core.errors import UsageError

__all__ = [
    "ID_PATTERN",
    "PACK_PATTERN",
    "JobFolder",
    "ServiceFolders",
    "new_id",
    "open_regular",
    "slug",
    "walk_regular",
]

ID_PATTERN = r"^[0-9a-f]{12}$"
PACK_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,39}$"

# fullmatch, as $ also stands before a line feed at the end.
_ID = re.compile(ID_PATTERN)
_PACK = re.compile(PACK_PATTERN)
_MAX_SLUG = 40
_PARTS = ("jobs", "packs", "staging", "trash")


def new_id() -> str:
    """Return a new id for a job: 12 hexadecimal digits."""
    return secrets.token_hex(6)


def slug(text: str) -> str:
    """Return a name that is safe as a file's, made of a name that somebody chose; never empty.

    Example:
        >>> slug("../My Böxes & cans"), slug("..")
        ('my-b-xes-cans', 'job')
    """
    words = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
    return words[:_MAX_SLUG].strip("-") or "job"


def open_regular(path: Path) -> int:
    """Return a descriptor of a file for reading.

    Raises:
        UsageError: There is none, or it is a link, a folder or a device.
    """
    try:
        # NONBLOCK: opening a pipe that somebody put there would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path.name} must be a plain file")
    return descriptor


def walk_regular(folder: Path) -> Iterator[Path]:
    """Yield the plain files below a folder in order of their names; links, devices and hidden names are left out."""
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if not name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                yield path


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of one job.

    Args:
        path: Its folder.
        name: Its name, a `slug`.
    """

    path: Path
    name: str

    @property
    def config(self) -> Path:
        """What was submitted."""
        return self.path / f"{self.name}.yaml"

    @property
    def data(self) -> Path:
        """The data set."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What `render` said, without its progress."""
        return self.path / "log.txt"

    @property
    def output(self) -> Path:
        """All that `render` said, progress included."""
        return self.path / "output.txt"

    @property
    def lock(self) -> Path:
        """Held by the process that renders the job."""
        return self.path / "render.lock"


class ServiceFolders:
    """The folder of one running service; no second service can use it.

    Args:
        root: The folder; made, for this user alone, where it is missing.

    Raises:
        UsageError: Another service uses it, it cannot be written, or a part of it is a link.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for part in _PARTS:
                (self.root / part).mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(
                self.root / "service.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise UsageError(f"{root} must be a folder that can be written to: {error.strerror}") from error
        try:
            for part in _PARTS:
                _require_folder(self.root / part)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise UsageError(f"{root} is used by another running service; stop that, or give another --root") from None
        except UsageError:
            os.close(self._lock)
            raise

    @property
    def database(self) -> Path:
        """The jobs."""
        return self.root / "service.sqlite3"

    def job(self, job_id: str, name: str) -> JobFolder:
        """Return the files of a job.

        Raises:
            UsageError: The id or the name is none that this module makes, or the folder is a link.
        """
        if not _ID.fullmatch(job_id) or slug(name) != name:
            raise UsageError(
                f"a job must have an id of 12 hexadecimal digits and a plain name, got {job_id!r}, {name!r}"
            )
        path = self.root / "jobs" / job_id
        if path.is_symlink() or (path / "data").is_symlink():
            raise UsageError(f"the folder of job {job_id} must not be a symbolic link")
        return JobFolder(path, name)

    def pack(self, name: str) -> Path:
        """Return the folder of an uploaded pack.

        Raises:
            UsageError: The name is not of letters, digits, dash and underscore.
        """
        if not _PACK.fullmatch(name):
            raise UsageError(f"a pack's name must be small letters, digits, '-' and '_', got {name!r}")
        return self.root / "packs" / name

    def packs(self) -> dict[str, Path]:
        """Return the folders of all uploaded packs by name, sorted."""
        found = {}
        for path in sorted((self.root / "packs").iterdir()):
            if _PACK.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
                found[path.name] = path
        return found

    def new_staging(self) -> Path:
        """Make and return an empty folder for one upload."""
        path = self.root / "staging" / new_id()
        path.mkdir(mode=0o700)
        return path

    def discard(self, path: Path) -> None:
        """Remove a folder of this service: out of the way at once, then file by file.

        Raises:
            UsageError: It does not lie in this service's folder, or cannot be moved.
        """
        if path.parent.parent != self.root or path.parent.name not in _PARTS:
            raise UsageError(f"only a job, a pack or an upload can be removed, got {path}")
        rubbish = self.root / "trash" / new_id()
        with suppress(FileNotFoundError):
            os.rename(path, rubbish)
        # rmtree does not follow links.
        shutil.rmtree(rubbish, ignore_errors=True)

    def clean(self) -> None:
        """Remove what a killed service left: unfinished uploads and removals."""
        for part in ("staging", "trash"):
            for path in (self.root / part).iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another service use the folder."""
        os.close(self._lock)


def _require_folder(path: Path) -> None:
    if not stat.S_ISDIR(path.lstat().st_mode):
        raise UsageError(f"{path} must be a folder and no symbolic link")
