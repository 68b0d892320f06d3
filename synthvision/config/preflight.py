"""Everything that can be known to be wrong before the first frame: packs, assets, files that do not open."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from synthvision import __version__
from synthvision.config.model import Job
from synthvision.config.pickable import entries_of
from synthvision.core.errors import AssetError, ConfigError, Problem
from synthvision.core.hashing import hash_json
from synthvision.core.yaml_file import KeyPath
from synthvision.library.assets import AssetLibrary
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.packs import find_pack, user_folder
from synthvision.render.extras import missing_extra
from synthvision.sampling.check import check_spec
from synthvision.sampling.constraints.contradictions import contradictions
from synthvision.sampling.constraints.judge import describe
from synthvision.sampling.device_faults import device_faults
from synthvision.sampling.factors.drawable import undrawable_rows
from synthvision.sampling.factors.plan import plan_faults
from synthvision.sampling.sampler import SceneSampler

__all__ = ["open_checked_library", "preflight"]


def open_checked_library(job: Job) -> AssetLibrary:
    """Return the asset library of a job after checking that the job can run with it.

    Args:
        job: What `load_job` returned.

    Raises:
        MissingExtraError: The job's renderer is not installed; the message holds the pip command.
        ConfigError: A pack is missing, an asset does not exist or does not open, or a class can match nothing; every
            fault is listed with file, line and key path.
    """
    missing = missing_extra(job.render.backend)
    if missing is not None:
        raise missing
    roots = [(job.folder or Path.cwd()) / root for root in job.assets.roots]
    problems: list[Problem] = []
    for number, pack in enumerate(job.assets.packs):
        try:
            find_pack(pack, roots)
        except AssetError as error:
            problems.append(job.problem(("assets", "packs", number), str(error)))
    if not problems:
        library = AssetLibrary.open(job.assets.packs, roots)
        problems = preflight(job, library)
    if problems:
        raise ConfigError(problems)
    return library


def preflight(job: Job, library: AssetLibrary) -> list[Problem]:
    """Return everything that would stop a job, found without drawing a frame.

    Every file that the job can draw is opened once. What opened is remembered in the user's data folder by path, size
    and time of change, so that the next check of the same files takes no time.

    Args:
        job: The job.
        library: Its assets.

    Returns:
        One problem for each fault, in the order of the files and lines; empty if the job can start.
    """
    faults = check_spec(job.scene, job.classes, library)
    size_wh = (job.image.width, job.image.height)
    faults += [(("scene", *path), message) for path, message in device_faults(job.scene, size_wh)]
    faults += [
        (("scene", "constraints", index), f"{describe(job.scene.constraints[index])}: {message}")
        for index, message in contradictions(job.scene.constraints, job.scene.objects, job.class_names, size_wh)
    ]
    if job.plan is not None:
        faults += [(("plan", "rows", index), message) for index, message in plan_faults(job.plan, job.scene.factors)]
        if job.plan.made_for not in (None, job.scenes_hash):
            message = (
                "the plan was counted for a job with another scene, seed, picture size or label policy, and does not "
                "hold for this one; make it anew with `synthvision scenario plan`"
            )
            faults.append((("plan", "made_for"), message))
        if not faults:
            sampler = SceneSampler(job.scene, job.classes, library, job.seed, size_wh=size_wh)
            rows = undrawable_rows(sampler, job.scene.factors, job.plan.rows)
            faults += [(("plan", "rows", index), message) for index, message in rows]
    entries = entries_of(job.scene, library, [])  # check_spec has named those that do not exist
    faults += [(("scene", *path), message) for path, message in _broken_files(library, entries.values())]
    return job.sorted_problems([job.problem(path, message) for path, message in faults])


def _broken_files(
    library: AssetLibrary, entries: Iterable[tuple[CatalogueEntry, KeyPath]]
) -> list[tuple[KeyPath, str]]:
    faults: list[tuple[KeyPath, str]] = []
    checked = _Checked(user_folder() / "checked_files.json")
    for entry, path in entries:
        if entry.is_procedural:
            continue
        try:
            state = _file_state(entry)
            if state not in checked:
                library.load(entry.reference())
                checked.add(state)
        except AssetError as error:
            faults.append((path, str(error)))
    checked.save()
    # Workers load for themselves; this process has no further use for what it opened.
    library.clear_cache()
    return faults


def _file_state(entry: CatalogueEntry) -> str:
    """Return a text that changes when a file of the asset, or the way it is read, changes."""
    try:
        files = [(str(path.resolve()), path.stat()) for path in (*entry.files, *entry.linked_files)]
    except OSError as error:
        raise AssetError(f"asset {entry.full_name}: {error.filename}: {error.strerror}") from error
    states = [[path, state.st_size, state.st_mtime_ns] for path, state in files]
    return hash_json([__version__, entry.kind, repr(entry.options), sorted(entry.maps), states])


class _Checked:
    """The files that are known to open: a memory for speed, whose loss costs nothing but time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new: list[str] = []
        self._known: set[str] = set()
        with suppress(OSError, ValueError):
            known = json.loads(path.read_text(encoding="utf-8"))
            self._known = {item for item in known if isinstance(item, str)} if isinstance(known, list) else set()

    def __contains__(self, state: str) -> bool:
        return state in self._known

    def add(self, state: str) -> None:
        self._known.add(state)
        self._new.append(state)

    def save(self) -> None:
        if not self._new:
            return
        # A home that cannot be written to must not stop a job that otherwise can run.
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(f".{hash_json(self._new)[:12]}.tmp")
            part.write_text(json.dumps(sorted(self._known)), encoding="utf-8")
            part.replace(self._path)
