"""What can be known to be wrong with a scene before its first frame, by looking into the asset packs.

Names of assets, categories and tags; parameters of procedural assets and their ranges; material slots; classes that
no object of the scene can ever get.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from synthvision.core.errors import AssetError, nearest_name
from synthvision.library.catalogue import AssetKind, CatalogueEntry
from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, Parameter
from synthvision.sampling.classes import ClassSpec, Match, matches_pattern
from synthvision.sampling.config import MaterialSpec, SceneSpec
from synthvision.sampling.defects.check import defect_entries, defect_faults
from synthvision.sampling.defects.maker import DEFECTS_SUFFIX
from synthvision.sampling.distributions import ChoiceOfWords, Distribution
from synthvision.sampling.light_config import EnvironmentSpec, PhotoBackground
from synthvision.sampling.number_values import bounds_of
from synthvision.sampling.physics.engine import MISSING, engine_is_installed
from synthvision.sampling.picks import Pick
from synthvision.sampling.placement.config import Dropped
from synthvision.sampling.selection import Library, Selection, find_entries
from synthvision.sampling.values import ChoiceOfColours, Hsv

__all__ = ["KeyPath", "check_spec"]

KeyPath = tuple[str | int, ...]
Fault = tuple[KeyPath, str]


def check_spec(spec: SceneSpec, classes: Sequence[ClassSpec], library: Library) -> list[Fault]:
    """Return every fault that the asset packs bring to light, as key path and message.

    Args:
        spec: The scene.
        classes: The job's classes.
        library: Where assets come from.

    Returns:
        Key paths as in a job: ``("scene", "objects", "cones", "pick")``, ``("classes", 0, "match")``. Empty where
        nothing is wrong.
    """
    checker = _Checker(library)
    candidates: list[_Candidate] = []
    for block in _blocks(spec):
        entries = checker.entries(block)
        if block.params:
            checker.check_params(block, entries)
        if block.group is not None and spec.objects[block.group].role in ("thing", "stuff"):
            candidates += [_Candidate(block.group, entry) for entry in entries]
            candidates += [
                _Candidate(f"{block.group}{DEFECTS_SUFFIX}", entry)
                for entry in defect_entries(spec.objects[block.group].defects, library)
            ]
    checker.faults += defect_faults(spec, library)
    for name, group in spec.objects.items():
        own = [candidate.entry for candidate in candidates if candidate.group == name]
        slots = [slot for slot in group.materials if slot != "*"]
        if slots:
            checker.check_slots(name, slots, own or checker.quiet_entries(group.pick, "model"))
    checker.faults += [
        (("scene", "objects", name, "placement", "kind"), MISSING)
        for name, group in spec.objects.items()
        if isinstance(group.placement, Dropped) and not engine_is_installed()
    ]
    if not checker.faults:
        # A missing asset explains a class without objects; one message is enough.
        for index, class_spec in enumerate(classes):
            checker.check_class(index, class_spec, candidates, spec)
    return checker.faults


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of the scene file that picks assets."""

    path: KeyPath
    key: str
    pick: Pick
    kind: AssetKind
    params: Any
    group: str | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An asset that a labelled object of a group may have."""

    group: str
    entry: CatalogueEntry

    @property
    def owner(self) -> str:
        """The group in the scene file: a mark is of a group of its own."""
        return self.group.removesuffix(DEFECTS_SUFFIX)


class _Checker:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._models: dict[str, Model | None] = {}
        self.faults: list[Fault] = []

    def entries(self, block: _Block) -> tuple[CatalogueEntry, ...]:
        found: list[CatalogueEntry] = []
        for index, query in enumerate(block.pick.queries):
            path = (*block.path, block.key, "any_of", index) if block.pick.any_of else (*block.path, block.key)
            single = Pick.model_construct(asset=query.asset, category=query.category, tag=query.tag, any_of=())
            try:
                found += find_entries(self._library, single, block.kind).entries
            except AssetError as error:
                self.faults.append((path, str(error)))
        return tuple(dict.fromkeys(found))

    def quiet_entries(self, pick: Pick, kind: AssetKind) -> tuple[CatalogueEntry, ...]:
        try:
            selection: Selection = find_entries(self._library, pick, kind)
        except AssetError:
            return ()
        return selection.entries

    def check_params(self, block: _Block, entries: Sequence[CatalogueEntry]) -> None:
        if not entries:
            return
        for name, value in block.params.items():
            path = (*block.path, "params", name)
            owners = [entry for entry in entries if name in entry.parameters]
            if not owners:
                known = sorted({parameter for entry in entries for parameter in entry.parameters})
                what = ", ".join(known) if known else "none: these assets are files"
                self.faults.append(
                    (path, f"no picked asset has this parameter{_hint(name, known)} (there are: {what})")
                )
                continue
            for entry in owners:
                fault = _value_fault(entry.parameters[name], value)
                if fault:
                    self.faults.append((path, f"{fault} (asset {entry.full_name})"))
                    break

    def check_slots(self, group: str, slots: Iterable[str], entries: Sequence[CatalogueEntry]) -> None:
        models = [model for entry in entries if (model := self._model(entry, ("objects", group, "pick")))]
        known = sorted({material.name for model in models for material in model.materials})
        for slot in slots:
            if models and slot not in known:
                message = f"no picked model has this material slot{_hint(slot, known)} (there are: {', '.join(known)})"
                self.faults.append((("scene", "objects", group, "materials", slot), message))

    def check_class(self, index: int, spec: ClassSpec, candidates: Sequence[_Candidate], scene: SceneSpec) -> None:
        reasons = []
        for match in spec.match:
            reason = self._never(match, candidates, scene)
            if reason is None:
                return
            reasons.append(reason)
        self.faults.append(
            (("classes", index, "match"), f"no object of the scene can get class {spec.name!r}: {reasons[0]}")
        )

    def _never(self, match: Match, candidates: Sequence[_Candidate], scene: SceneSpec) -> str | None:
        """Return why no labelled object can fit a rule, or None where one may."""
        left = list(candidates)
        if not left:
            return "the scene has no objects of role thing or stuff"
        simple = [
            ("group", match.group, [item.group for item in left]),
            ("asset", match.asset, [item.entry.name for item in left]),
            ("category", match.category, [item.entry.category for item in left]),
            ("tag", match.tag, [tag for item in left for tag in item.entry.tags]),
        ]
        for name, wanted, known in simple:
            if wanted is None:
                continue
            left = [item for item in left if _fits(name, wanted, item)]
            if not left:
                return f"none has {name} {wanted!r}{_hint(wanted, sorted(set(known)))}"
        if match.part is not None:
            known = sorted({part for item in left for part in self._parts(item.entry)})
            left = [item for item in left if any(fnmatchcase(part, match.part) for part in self._parts(item.entry))]
            if not left:
                return f"none has a part {match.part!r}{_hint(match.part, known)} (there are: {', '.join(known)})"
        if match.material is not None:
            left = [item for item in left if self._may_have_material(match.material, item, scene)]
            if not left:
                return f"none gets a material {match.material!r}"
        for key, value in match.attributes.items():
            left, before = [item for item in left if self._may_have(key, value, item, scene)], left
            if not left:
                return f"none has the attribute {key}: {value}{self._known_attributes(key, before, scene)}"
        for key, value in match.state.items():
            states = [(item, state) for item in left for state in self._states(item.entry)]
            left = [item for item, state in states if state == (key, value)]
            if not left:
                known = sorted({f"{name}: {possible}" for _, (name, possible) in states})
                return f"none has the state {key}: {value}" + (f" (there are: {', '.join(known)})" if known else "")
        return None

    def _parts(self, entry: CatalogueEntry) -> tuple[str, ...]:
        """Return the names of the mesh parts that objects of an asset can have."""
        if entry.is_procedural:
            return entry.parts
        model = self._model(entry, ("objects",))
        return () if model is None else tuple(part.name for part in model.parts)

    def _may_have(self, key: str, value: str, item: _Candidate, scene: SceneSpec) -> bool:
        entry = item.entry
        if any(other.attributes.get(key) == value for other in self._materials(item, scene)):
            return True
        parameter = entry.parameters.get(key)
        if isinstance(parameter, Choice):
            return value in _words(scene.objects[item.owner].params.get(key), parameter)
        if key in entry.attributes:
            return entry.attributes[key] == value
        model = self._model(entry, ("objects", item.owner, "pick"))
        if model is None or key not in model.attributes:
            return False
        return entry.is_procedural or model.attributes[key] == value

    def _known_attributes(self, key: str, items: Sequence[_Candidate], scene: SceneSpec) -> str:
        found = {
            other.attributes[key] for item in items for other in self._materials(item, scene) if key in other.attributes
        }
        found |= {item.entry.attributes[key] for item in items if key in item.entry.attributes}
        return f" (there are: {', '.join(sorted(found))})" if found else ""

    def _may_have_material(self, pattern: str, item: _Candidate, scene: SceneSpec) -> bool:
        return any(matches_pattern(pattern, entry.pack, entry.name) for entry in self._materials(item, scene))

    def _materials(self, item: _Candidate, scene: SceneSpec) -> list[CatalogueEntry]:
        group = scene.objects[item.owner]
        picks = [material.pick for material in group.materials.values() if material.pick is not None]
        return [entry for pick in picks for entry in self.quiet_entries(pick, "material")]

    def _states(self, entry: CatalogueEntry) -> list[tuple[str, str]]:
        model = self._model(entry, ("objects",))
        return [(state.state, state.value) for state in model.states] if model else []

    def _model(self, entry: CatalogueEntry, path: KeyPath) -> Model | None:
        if entry.full_name not in self._models:
            try:
                self._models[entry.full_name] = self._library.load_model(entry.reference())
            except AssetError as error:
                self._models[entry.full_name] = None
                self.faults.append((("scene", *path), str(error)))
        return self._models[entry.full_name]


def _blocks(spec: SceneSpec) -> Iterator[_Block]:
    if spec.surface is not None:
        yield _Block(("scene", "surface"), "pick", spec.surface.pick, "model", spec.surface.params)
        if spec.surface.material is not None:
            yield from _material_block(("scene", "surface", "material"), spec.surface.material)
    if spec.site is not None:
        yield _Block(("scene", "site"), "pick", spec.site.pick, "model", spec.site.params)
    for name, group in spec.objects.items():
        yield _Block(("scene", "objects", name), "pick", group.pick, "model", group.params, name)
        for slot, material in group.materials.items():
            yield from _material_block(("scene", "objects", name, "materials", slot), material)
    yield from _environment_block(("scene", "environment"), spec.environment)
    if spec.sky is not None and spec.sky.pick is not None:
        yield _Block(("scene", "sky"), "pick", spec.sky.pick, "environment", {})
    for name, lighting in spec.lighting.items():
        yield from _environment_block(("scene", "lighting", name, "environment"), lighting.environment)
    if isinstance(spec.background, PhotoBackground):
        yield _Block(("scene", "background"), "photos", spec.background.photos, "photo", {})


def _material_block(path: KeyPath, spec: MaterialSpec) -> Iterator[_Block]:
    if spec.pick is not None:
        yield _Block(path, "pick", spec.pick, "material", spec.params)


def _environment_block(path: KeyPath, spec: EnvironmentSpec | None) -> Iterator[_Block]:
    if spec is not None:
        yield _Block(path, "pick", spec.pick, "environment", spec.params)


def _fits(name: str, wanted: str, item: _Candidate) -> bool:
    entry = item.entry
    if name == "group":
        return matches_pattern(wanted, "", item.group)
    if name == "asset":
        return matches_pattern(wanted, entry.pack, entry.name)
    return wanted == entry.category if name == "category" else wanted in entry.tags


def _value_fault(parameter: Parameter, value: Any) -> str | None:
    """Return what is wrong with a value or distribution for a parameter, or None."""
    is_colour = isinstance(value, (tuple, list, Hsv, ChoiceOfColours)) or (
        isinstance(value, str) and value.startswith("#")
    )
    match parameter:
        case Colour():
            return None if is_colour else f"must be a colour, got {_shown(value)}"
        case Choice(values=allowed):
            if not isinstance(value, (str, ChoiceOfWords)):
                return f"must be one of {', '.join(allowed)}, got {_shown(value)}"
            wrong = [word for word in _words(value, parameter) if word not in allowed]
            return f"must be one of {', '.join(allowed)}, got {wrong[0]!r}{_hint(wrong[0], allowed)}" if wrong else None
        case Number(low=low, high=high) | Integer(low=low, high=high):
            if is_colour or isinstance(value, (str, ChoiceOfWords)):
                return f"must be a number in {low:g}..{high:g}, got {_shown(value)}"
            least, most = bounds_of(value)
            if isinstance(parameter, Integer) and not _is_whole(value):
                return f"must be a whole number or a distribution of whole numbers, got {_shown(value)}"
            if least < low or most > high:
                came = f"{least:g}" if least == most else f"values in {least:g}..{most:g}"
                return f"must be in {low:g}..{high:g} {getattr(parameter, 'unit', '')}".rstrip() + f", got {came}"
    return None


def _is_whole(value: Any) -> bool:
    if not isinstance(value, Distribution):
        return float(value).is_integer()
    data = value.model_dump()
    whole = ("uniform_int", "poisson")
    if any(name in data for name in whole):
        return True
    if "choice" in data:
        return all(float(entry).is_integer() for entry in data["choice"])
    return "mixture" in data and all(_is_whole(part.value) for part in value.mixture)  # type: ignore[attr-defined]  # it is one


def _words(value: Any, parameter: Choice) -> tuple[str, ...]:
    if isinstance(value, ChoiceOfWords):
        return value.choice
    return parameter.values if value is None else (str(value),)


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest_name(name, known)
    return f"; did you mean {near!r}?" if near else ""


def _shown(value: Any) -> str:
    if isinstance(value, (Distribution, Hsv, ChoiceOfColours)):
        return f"a distribution ({next(iter(value.model_dump(exclude_none=True)))})"
    return repr(value)
