"""Classes as the manifest has them: with the keypoints that their objects can have, and which of these are joined."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from synthvision.config.job import Job
from synthvision.config.pickable import picks_of
from synthvision.dataset.manifest import ClassEntry
from synthvision.library.catalogue import CatalogueEntry
from synthvision.sampling.classes import Match, matches_pattern
from synthvision.sampling.selection import Library

__all__ = ["class_entries"]


def class_entries(job: Job, library: Library) -> tuple[ClassEntry, ...]:
    """Return the classes of a job in its order.

    The keypoints of a class are those of all models that may get it, in the order of their catalogue entries; whether
    one does may depend on what is drawn for a frame, so there can be a model among them that never gets it.

    Args:
        job: The job.
        library: The assets that it can use.

    Raises:
        AssetError: A pick of the job matches nothing.
    """
    keypoints: dict[str, dict[str, None]] = {name: {} for name in job.class_names}
    skeleton: dict[str, dict[tuple[str, str], None]] = {name: {} for name in job.class_names}
    for group, entry in _drawable(job, library):
        # What a catalogue's file says of a model's points stands among its options.
        names = entry.keypoints or tuple(entry.options.keypoints)
        for category in _possible(job, group, entry) if names else ():
            keypoints[category].update(dict.fromkeys(names))
            skeleton[category].update(dict.fromkeys(entry.skeleton))
    return tuple(
        ClassEntry(name=name, keypoints=tuple(keypoints[name]), skeleton=tuple(skeleton[name]))
        for name in job.class_names
    )


def _drawable(job: Job, library: Library) -> Iterator[tuple[str, CatalogueEntry]]:
    """Yield every model that the scene can draw, with the name of its group; one that two groups draw comes twice."""
    for path, pick, kind in picks_of(job.scene):
        if kind != "model":
            continue
        group = str(path[1]) if path[0] == "objects" else str(path[0])
        for query in pick.queries:
            if query.weight > 0:
                for entry in library.find(asset=query.asset, category=query.category, tag=query.tag, kind=kind):
                    yield group, entry


def _possible(job: Job, group: str, entry: CatalogueEntry) -> Iterator[str]:
    """Yield the classes that objects of a model can get: the first that takes all of them is the last."""
    for spec in job.classes:
        rules = [match for match in spec.match if _may_take(match, group, entry)]
        if rules:
            yield spec.name
        if any(not (match.material or match.attributes or match.state) for match in rules):
            return


def _may_take(match: Match, group: str, entry: CatalogueEntry) -> bool:
    """Return whether a rule can take whole objects of a model; attributes, material and state differ by frame."""
    return (
        match.part is None
        and (match.group is None or fnmatchcase(group, match.group))
        and (match.asset is None or matches_pattern(match.asset, entry.pack, entry.name))
        and (match.category is None or match.category == entry.category)
        and (match.tag is None or match.tag in entry.tags)
    )
