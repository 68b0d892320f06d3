"""Draws assets: which one of those that a pick means, and which parameters a procedural one gets.

A job draws procedural assets from a pool: `variants` parameter sets of each asset and block, made once per job from
their own streams. So a job's memory is bounded, and textures are shared between frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.catalogue import AssetKind, CatalogueEntry
from synthvision.library.model import EnvironmentMap, Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, Parameter
from synthvision.library.reference import AssetRef
from synthvision.sampling.drawing import Drawer, Ledger
from synthvision.sampling.picks import Pick
from synthvision.sampling.values import ChoiceOfColours, Hsv
from synthvision.sampling.weights import weighted_index

__all__ = ["Library", "Selection", "Selector", "draw_parameter", "find_entries"]


class Library(Protocol):
    """What sampling needs of an asset library; `synthvision.library.assets.AssetLibrary` is one."""

    def find(
        self, *, asset: str | None = None, category: str | None = None, tag: str | None = None, kind: AssetKind
    ) -> tuple[CatalogueEntry, ...]:
        """Return the entries that match, or raise `AssetError` with the nearest name."""
        ...

    def load_model(self, ref: AssetRef) -> Model:
        """Return a model."""
        ...

    def load_material(self, ref: AssetRef) -> Material:
        """Return a material."""
        ...

    def load_environment(self, ref: AssetRef) -> EnvironmentMap:
        """Return an environment map."""
        ...


class Selection:
    """What a pick means in one library: names, entries, weights.

    Args:
        entries: Entries with weights above 0, one or more.
        weights: How often each comes.
    """

    def __init__(self, entries: Sequence[CatalogueEntry], weights: Sequence[float]) -> None:
        self.entries = tuple(entries)
        self.weights = tuple(weights)
        plain = [entry.name for entry in entries]
        self.names = tuple(
            entry.name if plain.count(entry.name) == 1 else f"{entry.pack}/{entry.name}" for entry in entries
        )


class Selector:
    """Draws assets of one job.

    Args:
        library: Where assets come from.
        seed: The job's seed.
    """

    def __init__(self, library: Library, seed: int) -> None:
        self._library = library
        self._seed = seed
        self._selections: dict[tuple[Pick, AssetKind], Selection] = {}
        self._pool: dict[tuple[str, str, int], dict[str, Any]] = {}

    def selection(self, pick: Pick, kind: AssetKind) -> Selection:
        """Return what a pick means.

        Raises:
            AssetError: Nothing matches.
        """
        key = (pick, kind)
        if key not in self._selections:
            self._selections[key] = find_entries(self._library, pick, kind)
        return self._selections[key]

    def draw(
        self,
        drawer: Drawer,
        block: Any,
        kind: AssetKind,
        *,
        pool_path: str,
        asset_path: str,
        variant_path: str,
        keep: bool = False,
    ) -> tuple[CatalogueEntry, AssetRef]:
        """Return an asset drawn for a block with `pick`, `params` and `variants`.

        Args:
            drawer: Draws the choice.
            block: The block of the scene file.
            kind: Kind of asset.
            pool_path: Key path of the block: names the pool of parameter sets.
            asset_path: Key path of the choice of the asset.
            variant_path: Key path of the choice of the parameter set.
            keep: Record the choice as a factor even if there was none.
        """
        selection = self.selection(block.pick, kind)
        entry = selection.entries[drawer.choose(asset_path, selection.names, selection.weights, keep=keep)]
        if not entry.parameters:
            return entry, AssetRef(entry.pack, entry.name)
        index = int(drawer.rng(variant_path).integers(block.variants))
        params = dict(self.variant(pool_path, entry, block.params, index))
        for name in params:
            params[name] = drawer.pinned(f"{pool_path}.params.{name}", params[name])
        return entry, AssetRef(entry.pack, entry.name, params)

    def variant(
        self, pool_path: str, entry: CatalogueEntry, overrides: Mapping[str, Any], index: int
    ) -> Mapping[str, Any]:
        """Return one parameter set of the pool of a block, the same in every frame of the job."""
        key = (pool_path, entry.full_name, index)
        if key not in self._pool:
            # The pool belongs to the job: its streams have index 0 whatever the frame.
            drawer = Drawer(self._seed, 0, "", Ledger())
            base = f"{pool_path}.variants.{index}.{entry.full_name}"
            self._pool[key] = {
                name: draw_parameter(drawer, f"{base}.{name}", parameter, overrides.get(name))
                for name, parameter in entry.parameters.items()
            }
        return self._pool[key]


def find_entries(library: Library, pick: Pick, kind: AssetKind) -> Selection:
    """Return the entries that a pick means, with weights.

    Raises:
        AssetError: A kind of asset that the pick names does not exist.
    """
    weights: dict[str, float] = {}
    entries: dict[str, CatalogueEntry] = {}
    for query in pick.queries:
        found = library.find(asset=query.asset, category=query.category, tag=query.tag, kind=kind)
        if not found:
            raise AssetError(f"no {kind} matches {query}")
        if query.weight <= 0:
            continue
        for entry in found:
            name = f"{entry.pack}/{entry.name}"
            entries[name] = entry
            weights[name] = weights.get(name, 0.0) + query.weight / len(found)
    return Selection(list(entries.values()), list(weights.values()))


def draw_parameter(drawer: Drawer, path: str, parameter: Parameter, override: Any) -> Any:
    """Return a value of a procedural asset's parameter: of what the scene file says, else of its own range."""
    if override is not None:
        return drawn_override(drawer, path, parameter, override)
    rng = drawer.rng(path)
    match parameter:
        case Number(low=low, high=high, log=log):
            return _draw_number(low, high, log, rng)
        case Integer(low=low, high=high):
            return int(rng.integers(low, high, endpoint=True))
        case Choice(values=values, weights=weights):
            return values[weighted_index(weights or (1.0,) * len(values), rng)]
        case Colour(palette=palette, jitter=jitter):
            colour = np.array(palette[int(rng.integers(len(palette)))])
            colour = np.clip(colour * (1.0 + jitter * rng.uniform(-1.0, 1.0, 3)), 0.0, 1.0)
            return [float(channel) for channel in colour]


def drawn_override(drawer: Drawer, path: str, parameter: Parameter, value: Any) -> Any:
    """Return the value of a procedural asset's parameter that a scene file states or draws."""
    match parameter:
        case Number():
            return drawer.number(path, value)
        case Integer():
            # A parameter of any kind is read from the file before its asset is known: 2 comes as 2.0.
            whole = isinstance(value, float) and value.is_integer()
            return drawer.integer(path, int(value) if whole else value)
        case Choice():
            return drawer.word(path, value)
        case Colour():
            return list(drawer.colour(path, value))


def _draw_number(low: float, high: float, log: bool, rng: np.random.Generator) -> float:
    u = float(rng.random())
    if log and low > 0:
        return float(min(max(low * (high / low) ** u, low), high))
    return low + (high - low) * u


def is_colour(value: Any) -> bool:
    """Return whether a parameter's value in a scene file can only be a colour."""
    return isinstance(value, (tuple, list, Hsv, ChoiceOfColours))


def mean_colour(environment: EnvironmentMap) -> tuple[float, float, float]:
    """Return the colour of the light that an environment map sheds on a horizontal surface, in the map's own units."""
    radiance: NDArray[np.float32] = environment.radiance_hwc
    rows = radiance.shape[0] // 2
    # Latitude of the centres of the upper rows: weight is cosine of the zenith angle times the row's solid angle.
    zenith = (np.arange(rows) + 0.5) * np.pi / radiance.shape[0]
    weight = np.cos(zenith) * np.sin(zenith)
    rgb = (radiance[:rows].astype(np.float64).mean(axis=1) * weight[:, None]).sum(axis=0) / weight.sum()
    return float(rgb[0]), float(rgb[1]), float(rgb[2])
