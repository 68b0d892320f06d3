"""What each placed object is in a scene: role and class of the job, states, parts that are instances of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from synthvision.library.reference import HOST
from synthvision.sampling.classes import ClassSpec, class_of
from synthvision.sampling.placed import PlacedObject
from synthvision.sampling.scoped import ScopedObject
from synthvision.sampling.selection import Library
from synthvision.sampling.states import states_of
from synthvision.scene import PART, Camera, Role, SceneObject

__all__ = ["ObjectLabeller"]


class ObjectLabeller:
    """Turns placed objects into objects of a scene.

    Args:
        classes: The job's classes, in the order in which they are tried.
        library: Where models come from.
    """

    def __init__(self, classes: Sequence[ClassSpec], library: Library) -> None:
        self._classes = tuple(classes)
        self._library = library
        self._splits = any(match.part is not None for spec in classes for match in spec.match)

    def finish(
        self, objects: Sequence[tuple[PlacedObject, tuple[float, float, float, float]]], camera: Camera
    ) -> tuple[SceneObject, ...]:
        """Return the objects of a scene as a camera sees them, instance ids from 1 on.

        Args:
            objects: Each with its rotation as a quaternion, in the order of their ids.
            camera: The camera; states such as which side of a card shows depend on it.
        """
        made: list[SceneObject] = []
        for item, rotation in objects:
            drawn = item.drawn
            states = states_of(item, camera)
            attributes = {**drawn.attributes, **states}
            role, category = self._label(item, states)
            if role != drawn.role:
                attributes["role_reason"] = "no class matches"
            whole = SceneObject(
                instance_id=len(made) + 1,
                name=drawn.name,
                asset=drawn.ref,
                position_m=(float(item.position_m[0]), float(item.position_m[1]), float(item.position_m[2])),
                rotation_wxyz=rotation,
                scale=drawn.scale,
                role=role,
                category=category,
                materials=drawn.materials,
                attributes=attributes,
                velocity_m_s=drawn.velocity_m_s,
                angular_velocity_rad_s=drawn.angular_velocity_rad_s,
                shown_parts=drawn.shown_parts,
            )
            made += self._split(whole, item, states)
        return tuple(made)

    def _split(self, whole: SceneObject, item: PlacedObject, states: Mapping[str, str]) -> list[SceneObject]:
        """Return an object and, beside it, those of its parts that classes ask for."""
        if not self._splits or item.drawn.role not in ("thing", "stuff") or HOST in whole.asset.params:
            return [whole]
        names = dict.fromkeys(part.name for part in self._library.load_model(whole.asset).parts)
        own = {name: category for name in names if (category := self._label(item, states, name)[1]) is not None}
        if not own:
            return [whole]
        rest = tuple(name for name in names if name not in own)
        found = [replace(whole, shown_parts=rest)] if rest else []
        for name, category in own.items():
            found.append(
                replace(
                    whole,
                    instance_id=whole.instance_id + len(found),
                    name=f"{whole.name}#{name}",
                    role=item.drawn.role,
                    category=category,
                    attributes={**whole.attributes, PART: name},
                    shown_parts=(name,),
                )
            )
        return found

    def _label(self, item: PlacedObject, states: Mapping[str, str], part: str | None = None) -> tuple[Role, str | None]:
        drawn = item.drawn
        if drawn.role not in ("thing", "stuff"):
            return drawn.role, None
        scoped = ScopedObject(
            group=drawn.group,
            pack=drawn.entry.pack,
            asset=drawn.entry.name,
            category=drawn.entry.category,
            tags=tuple(drawn.entry.tags),
            materials=tuple((entry.pack, entry.name) for entry in drawn.material_entries),
            attributes=drawn.attributes,
            states=states,
            part=part,
        )
        name = class_of(self._classes, scoped)
        if name is not None:
            return drawn.role, name
        return ("distractor" if drawn.role == "thing" else "background"), None
