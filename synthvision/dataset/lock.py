"""Who may write to a data set: one run alone, or the shards of one job together."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType

from synthvision.core.errors import DatasetError
from synthvision.dataset.layout import DatasetLayout

__all__ = ["DatasetLock"]


class DatasetLock:
    """A lock on a data set that the system takes back when its process ends, however it ends.

    It is a lock of ``flock`` on a file of the data set; network file systems that do not pass such locks on between
    machines guard each machine alone.

    Args:
        layout: The data set; its folder must exist.
        shared: Let others in that share it too.

    Raises:
        DatasetError: Another process holds the lock, or the file cannot be made.
    """

    def __init__(self, layout: DatasetLayout, *, shared: bool = False) -> None:
        self._path = layout.lock
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DatasetError(f"{self._path} must be writable: {error.strerror or error}") from error
        if not self._take(fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            os.close(self._descriptor)
            raise DatasetError(
                f"{layout.root} is being written by another process; wait until it ends, or stop it first"
            )

    def take_alone(self) -> bool:
        """Keep everybody else out, and return whether nobody else was in; where somebody was, a shared lock is lost."""
        return self._descriptor >= 0 and self._take(fcntl.LOCK_EX)

    def release(self, *, remove: bool = False) -> None:
        """Let others in.

        Args:
            remove: Take the file away: nobody is to come. Only who is in alone may do so.
        """
        if self._descriptor < 0:
            return
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> DatasetLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, how: int) -> bool:
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
