"""Canonical JSON and content hashes: what makes two configs, scenes or files the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

__all__ = ["canonical_json", "hash_file", "hash_json"]


def canonical_json(value: Any) -> str:
    """Return `value` as JSON with sorted keys, no spaces and exact floats; NaN and infinity are refused.

    Raises:
        ValueError: `value` holds NaN or infinity.

    Example:
        >>> canonical_json({"b": 1.5, "a": [1, None]})
        '{"a":[1,null],"b":1.5}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def hash_json(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `value` as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits, read in blocks.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
