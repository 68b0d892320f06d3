"""Checks of a scene file's defects that need the asset packs."""

from __future__ import annotations

from fnmatch import fnmatchcase

from synthvision.core.errors import AssetError, nearest_name
from synthvision.library.catalogue import CatalogueEntry
from synthvision.sampling.config import ObjectGroup, SceneSpec
from synthvision.sampling.defects.config import DefectsSpec, asset_of
from synthvision.sampling.selection import Library, find_entries

__all__ = ["defect_entries", "defect_faults"]

KeyPath = tuple[str | int, ...]


def defect_entries(spec: DefectsSpec | None, library: Library) -> list[CatalogueEntry]:
    """Return the catalogue entries of the marks that can be labelled."""
    if spec is None:
        return []
    return [entry for asset in spec.assets for entry in library.find(asset=f"builtin/{asset}", kind="model")]


def defect_faults(spec: SceneSpec, library: Library) -> list[tuple[KeyPath, str]]:
    """Return what cannot be in the defects of a scene file, as key path and message."""
    faults: list[tuple[KeyPath, str]] = []
    for group_name, group in spec.objects.items():
        if group.defects is None:
            continue
        base: KeyPath = ("scene", "objects", group_name, "defects", "kinds")
        for name, defect in group.defects.kinds.items():
            (entry,) = library.find(asset=f"builtin/{asset_of(group.defects.kind_of(name))}", kind="model")
            further = sorted(set(entry.parameters) - {"length_m", "width_m", "severity"})
            for key in defect.params:
                if key not in further:
                    kind = group.defects.kind_of(name)
                    message = f"{kind} has no further parameter {key!r} (there are: {', '.join(further)})"
                    faults.append(((*base, name, "params", key), message))
            if defect.part is None:
                continue
            known = _parts(group, library)
            if known and not any(fnmatchcase(part, defect.part) for part in known):
                near = nearest_name(defect.part, known)
                hint = f"; did you mean {near!r}?" if near else ""
                message = f"no picked model has a part {defect.part!r}{hint} (there are: {', '.join(known)})"
                faults.append(((*base, name, "part"), message))
    return faults


def _parts(group: ObjectGroup, library: Library) -> list[str]:
    try:
        entries = find_entries(library, group.pick, "model").entries
        found = [
            part
            for entry in entries
            for part in (entry.parts or [part.name for part in library.load_model(entry.reference()).parts])
        ]
    except AssetError:
        return []  # the pick itself is at fault, which is said elsewhere
    return sorted(set(found))
