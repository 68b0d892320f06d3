"""Opens an upload in a process of its own: unpacks it, opens every asset in it, and reports as one line of JSON.

``python -m synthvision.service.jobs.scan_worker`` reads its orders as JSON from standard input. The service starts it
with bounded processor time, address space and file size; whatever an upload does to its reader ends with this process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthvision.core.errors import AssetError, SynthvisionError

__all__ = ["main", "scan"]

_MAX_LINES = 20
_MAX_TEXT = 500


def scan(orders: Mapping[str, Any]) -> dict[str, Any]:
    """Make a pack of an upload and return its assets, or under ``problems`` why it is refused.

    Args:
        orders: ``upload`` and ``folder`` (paths), ``file`` (name of the upload), ``pack`` (name of the pack),
            ``details`` (category, licence, author, size_m of a single model), ``max_bytes``, ``max_files``,
            ``max_triangles``.
    """
    folder = Path(orders["folder"])
    try:
        _place(orders, folder)
        assets = _open_all(orders, folder)
    except SynthvisionError as error:
        return {"problems": [_shown(str(error), folder)]}
    except (MemoryError, RecursionError):
        return {"problems": ["must be smaller: opening it takes too much memory"]}
    problems = [problem for asset in assets for problem in asset.pop("problems")]
    return {"problems": problems[:_MAX_LINES]} if problems else {"assets": assets}


def _place(orders: Mapping[str, Any], folder: Path) -> None:
    from synthvision.core.yaml_file import dump_yaml
    from synthvision.service.jobs.unpacking import unpack

    upload, name = Path(orders["upload"]), str(orders["file"])
    if name.lower().endswith(".zip"):
        unpack(upload, folder, max_bytes=orders["max_bytes"], max_files=orders["max_files"])
        return
    os.link(upload, folder / name)
    details = {key: value for key, value in orders["details"].items() if value not in (None, "")}
    record = {"name": Path(name).stem, "file": name, "category": Path(name).stem.lower(), **details}
    (folder / "catalog.yaml").write_text(dump_yaml({"pack": orders["pack"], "assets": [record]}), encoding="utf-8")


def _open_all(orders: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    from synthvision.library.assets import AssetLibrary
    from synthvision.library.checks import check_entry
    from synthvision.library.indexing import index_folder

    pack = index_folder(folder, orders["pack"])
    if not pack.entries:
        raise AssetError("a pack must hold at least one asset")
    # A cache of nothing: each asset is dropped when the next one is opened.
    library = AssetLibrary([pack], cache_bytes=1)
    found: list[dict[str, Any]] = []
    for entry in pack.entries:
        report = check_entry(entry, library)
        problems = [_shown(error, folder) for error in report.errors]
        if report.triangles > orders["max_triangles"]:
            problems.append(
                f"{entry.name}: a model must have at most {orders['max_triangles']} triangles, got {report.triangles}"
            )
        library.clear_cache()
        found.append(
            {
                "name": entry.name,
                "kind": entry.kind,
                "category": entry.category,
                "licence": entry.licence,
                "triangles": report.triangles,
                "warnings": [_shown(warning, folder) for warning in report.warnings[:_MAX_LINES]],
                "problems": problems,
            }
        )
        if len([problem for asset in found for problem in asset["problems"]]) >= _MAX_LINES:
            break
    return found


def _shown(text: str, folder: Path) -> str:
    """Return a sentence without the folder in which the upload lies for a moment."""
    return text.replace(f"{folder}/", "").replace(str(folder), "the upload")[:_MAX_TEXT]


def main() -> int:
    """Carry out the orders on standard input."""
    # What a library prints must not come beside the report.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answer.write(json.dumps(scan(json.load(sys.stdin))) + "\n")
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
