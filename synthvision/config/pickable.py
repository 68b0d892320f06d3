"""Which assets a scene can draw, and where in its file it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthvision.core.errors import AssetError
from synthvision.core.yaml_file import KeyPath
from synthvision.library.catalogue import AssetKind, CatalogueEntry
from synthvision.sampling.config import MaterialSpec, SceneSpec
from synthvision.sampling.light_config import EnvironmentSpec, PhotoBackground
from synthvision.sampling.picks import Pick
from synthvision.sampling.selection import Library

__all__ = ["entries_of", "picks_of"]


def picks_of(spec: SceneSpec) -> Iterator[tuple[KeyPath, Pick, AssetKind]]:
    """Yield every pick of a scene with its key path below the scene and the kind of asset it must give."""
    if spec.surface is not None:
        yield ("surface", "pick"), spec.surface.pick, "model"
        if spec.surface.material is not None:
            yield from _of_material(("surface", "material"), spec.surface.material)
    if spec.site is not None:
        yield ("site", "pick"), spec.site.pick, "model"
    for name, group in spec.objects.items():
        yield ("objects", name, "pick"), group.pick, "model"
        for asset in () if group.defects is None else group.defects.assets:
            yield ("objects", name, "defects", "kinds"), Pick(asset=f"builtin/{asset}"), "model"
        for slot, material in group.materials.items():
            yield from _of_material(("objects", name, "materials", slot), material)
    yield from _of_environment(("environment",), spec.environment)
    if spec.sky is not None and spec.sky.pick is not None:
        yield ("sky", "pick"), spec.sky.pick, "environment"
    if spec.sky is not None or spec.weather is not None:
        yield ("sky",), Pick(asset="builtin/sky_dome"), "environment"
    for name, lighting in spec.lighting.items():
        yield from _of_environment(("lighting", name, "environment"), lighting.environment)
    if isinstance(spec.background, PhotoBackground):
        yield ("background", "photos"), spec.background.photos, "photo"


def entries_of(
    spec: SceneSpec, library: Library, faults: list[tuple[KeyPath, str]] | None = None
) -> Mapping[tuple[str, str], tuple[CatalogueEntry, KeyPath]]:
    """Return every asset that a scene can draw, by pack and name, with the first key path that asks for it.

    Args:
        spec: The scene.
        library: Where assets come from.
        faults: Gets key path and message of each pick that matches nothing; None raises the first one.

    Raises:
        AssetError: A pick matches nothing and `faults` is None.
    """
    found: dict[tuple[str, str], tuple[CatalogueEntry, KeyPath]] = {}
    for path, pick, kind in picks_of(spec):
        for number, query in enumerate(pick.queries):
            here = (*path, number) if pick.any_of else path
            try:
                entries = library.find(asset=query.asset, category=query.category, tag=query.tag, kind=kind)
            except AssetError as error:
                if faults is None:
                    raise
                faults.append((here, str(error)))
                continue
            for entry in entries if query.weight > 0 else ():
                found.setdefault((entry.pack, entry.name), (entry, here))
    return dict(sorted(found.items()))


def _of_material(path: KeyPath, spec: MaterialSpec) -> Iterator[tuple[KeyPath, Pick, AssetKind]]:
    if spec.pick is not None:
        yield (*path, "pick"), spec.pick, "material"


def _of_environment(path: KeyPath, spec: EnvironmentSpec | None) -> Iterator[tuple[KeyPath, Pick, AssetKind]]:
    if spec is not None:
        yield (*path, "pick"), spec.pick, "environment"
