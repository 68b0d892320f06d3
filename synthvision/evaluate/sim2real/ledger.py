"""Every reading of the test part is written down, since a test part that is read often is tuned on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text

__all__ = ["LEDGER_NAME", "count_test_reads", "record_test_read"]

LEDGER_NAME = "test_reads.json"


def record_test_read(ledger: Path, test_digest: str, run_digest: str, rows: tuple[str, ...], pictures: int) -> int:
    """Write down that the test part is read, before it is, and return how often it then was.

    A report that goes on where it was stopped reads on: it is counted once.

    Args:
        ledger: The file; made where there is none.
        test_digest: What tells the test part: pictures and boxes.
        run_digest: What tells the report: settings and sets.
        rows: Names of the rows that are tested.
        pictures: How many pictures the test part has.

    Raises:
        UsageError: The file is no ledger.
        DatasetError: It cannot be written.
    """
    reads = _load(ledger)
    entry = {"test": test_digest, "run": run_digest, "rows": list(rows), "pictures": pictures}
    if entry not in reads:
        reads.append(entry)
        write_text(ledger, canonical_json({"reads": reads}), durable=True)
    return sum(one["test"] == test_digest for one in reads)


def count_test_reads(ledger: Path, test_digest: str) -> int:
    """Return how often a test part was read.

    Args:
        ledger: The file; none is 0.
        test_digest: As for `record_test_read`.

    Raises:
        UsageError: The file is no ledger.
    """
    return sum(one["test"] == test_digest for one in _load(ledger))


def _load(ledger: Path) -> list[dict[str, Any]]:
    if not ledger.exists():
        return []
    try:
        reads = json.loads(ledger.read_text(encoding="utf-8"))["reads"]
        if not all(isinstance(one["test"], str) for one in reads):
            raise TypeError("a read without its test part")
        return list(reads)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{ledger}: must be the list of readings of the test part: {error!r}; put the file back as it was"
        ) from error
