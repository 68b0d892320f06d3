"""From (scene file, seed, frame) to a scene: a pure function with a memory for speed.

Frames are flattened (scene, view, step, camera), as `synthvision.core.frame_order` counts them. The objects and lights
of a scene are drawn from streams of the scene index, the camera from streams of the view index (scene times views plus
view). What is drawn is the first step; where things are at a later one follows from their motion and its time alone.
The world that was drawn last is kept, so further views and steps of a scene cost little; what is returned does not
depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frame_order import FrameOrder
from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.sampling.cameras import CameraMaker, Surroundings
from synthvision.sampling.classes import ClassSpec
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.drawing import Drawer, Ledger
from synthvision.sampling.factors.plan import Plan, PlanRow
from synthvision.sampling.factors.restrict import Limits, limits_of
from synthvision.sampling.labelling import ObjectLabeller
from synthvision.sampling.lamps import lit_objects
from synthvision.sampling.lights import DrawnLight, LightMaker
from synthvision.sampling.motion.moment import boxes_of, objects_at
from synthvision.sampling.motion.objects import Course, MotionMaker
from synthvision.sampling.objects import ObjectMaker, PlacedObject
from synthvision.sampling.proposals.estimate import Estimator
from synthvision.sampling.proposals.screening import CameraScreen
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.shapes import ShapeCache
from synthvision.sampling.site.strips import Strip
from synthvision.sampling.sky import SkyMaker, sky_of_light
from synthvision.sampling.sky_config import joined_sky
from synthvision.sampling.tables import TableRows, column_uses
from synthvision.sampling.weather import DrawnWeather, WeatherMaker, weathered_camera
from synthvision.scene import Origin, Scene, SceneObject

__all__ = ["SceneSampler"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """Everything of a scene but its cameras."""

    objects: tuple[PlacedObject, ...]
    courses: tuple[Course | None, ...]
    rotations_wxyz: tuple[tuple[float, float, float, float], ...]
    light: DrawnLight
    weather: DrawnWeather
    surroundings: Surroundings
    rejections: Mapping[str, int]
    factors: Mapping[str, Any]
    weight: float
    paths: frozenset[str]


class SceneSampler:
    """Draws the scenes of a job.

    Args:
        spec: The scene file.
        classes: The job's classes, in the order in which they are tried.
        library: Where assets come from.
        seed: The job's seed.
        size_wh: Size of the pictures in pixels.
        views_per_scene: How many views share one world.
        frames_per_scene: How many steps in time each view has.
        frame_interval_s: Time from step to step.
        plan: Levels that each scene shall have, or None.
        shapes: What is known of models' geometry, to share among samplers of one library; None for an own.
    """

    def __init__(
        self,
        spec: SceneSpec,
        classes: Sequence[ClassSpec],
        library: Library,
        seed: int,
        *,
        size_wh: tuple[int, int],
        views_per_scene: int = 1,
        frames_per_scene: int = 1,
        frame_interval_s: float = 0.1,
        plan: Plan | None = None,
        shapes: ShapeCache | None = None,
    ) -> None:
        if views_per_scene < 1:
            raise UsageError(f"views_per_scene must be 1 or more, got {views_per_scene}")
        if frames_per_scene < 1 or frame_interval_s <= 0:
            raise UsageError(
                f"frames_per_scene must be 1 or more and frame_interval_s above 0, got {frames_per_scene} and "
                f"{frame_interval_s:g}"
            )
        self._spec = spec
        self._labeller = ObjectLabeller(classes, library)
        self._seed = seed
        self._views = views_per_scene
        self._order = FrameOrder(views_per_scene, frames_per_scene, len(spec.cameras))
        self._interval_s = frame_interval_s
        self._plan = plan
        self._boosts = {factor.of: factor for factor in spec.factors.values() if factor.of and factor.boost}
        self._uses = column_uses(spec.model_dump()) if spec.tables else ()
        selector = Selector(library, seed)
        self._objects = ObjectMaker(spec, library, selector, shapes or ShapeCache(library))
        self._lights = LightMaker(spec, library, selector)
        self._weather = WeatherMaker(spec.weather)
        self._skies = SkyMaker(library, selector, seed)
        self._library = library
        self._cameras = CameraMaker(spec, size_wh)
        self._motions = MotionMaker(spec, library)
        self._estimator = Estimator(library)
        self._last: tuple[object, _World] | None = None
        self._chosen: tuple[object, int] | None = None

    def sample(
        self,
        frame: int,
        attempt: int = 0,
        *,
        pins: Mapping[str, Any] | None = None,
        row: PlanRow | None = None,
        proposal: int | None = None,
    ) -> Scene:
        """Return the scene of one frame.

        Args:
            frame: Frame index k, 0 or more.
            attempt: How often the frame was refused before: each attempt draws everything anew.
            pins: Values by key path that replace drawn ones, e.g. ``{"lights.sun.illuminance_lux": 500.0}``; no other
                value moves.
            row: What the scene shall be, instead of its row of the plan.
            proposal: Which camera of those that can be drawn for the view; None takes the first that by an estimate
                holds the constraints on pixels.

        Raises:
            PlacementError: Some object found no place in a bounded number of tries.
            UsageError: A pin names nothing that this scene draws, or has the wrong type.
            AssetError: An asset is missing or broken.
        """
        if frame < 0 or attempt < 0:
            raise UsageError(f"frame and attempt must be 0 or more, got {frame} and {attempt}")
        place = self._order.place(frame)
        scene_index, view, time_s = place.scene, place.view, place.step * self._interval_s
        if row is None:
            row = self._plan.row_of(scene_index) if self._plan is not None else PlanRow()
        source = scene_index if row.scene is None else row.scene
        limits = limits_of(self._spec.factors, row.levels)
        screen = CameraScreen(self._spec, row, self._estimator)
        world = self._world(source, attempt, pins, limits, screen, proposal)
        if proposal is None:
            proposal = self._proposal(screen, world.objects, world.rotations_wxyz, world.surroundings,
                                      (source, view, attempt), pins, limits)  # fmt: skip
        ledger = Ledger(pins, limits, self._boosts, self._rows(source, attempt))
        ledger.factors |= world.factors
        ledger.paths |= world.paths
        drawer = Drawer(self._seed, source * self._views + view, _suffix(attempt, proposal), ledger)
        objects = objects_at(world.objects, world.rotations_wxyz, world.courses, time_s)
        boxes = boxes_of(item for item, _ in objects) if time_s else None
        camera = self._cameras.make(
            drawer, place.camera, world.surroundings, world.light.colour, time_s=time_s, boxes=boxes
        )
        camera = weathered_camera(camera, world.weather)
        ledger.check_paths()
        return Scene(
            camera=camera,
            objects=self._labeller.finish(objects, camera),
            lights=world.light.lights,
            environment=world.light.environment,
            backdrop=world.light.backdrop,
            weather=world.weather.weather,
            origin=Origin(
                seed=self._seed,
                frame=frame,
                scene_index=scene_index,
                view=view,
                step=place.step,
                camera=place.camera,
                attempt=attempt,
                proposal=proposal,
            ),
            time_s=time_s,
            factors=ledger.factors,
            weight=world.weight * ledger.weight * row.weight,
            rejections=world.rejections,
        )

    def _proposal(
        self,
        screen: CameraScreen,
        objects: Sequence[PlacedObject],
        rotations_wxyz: Sequence[tuple[float, float, float, float]],
        surroundings: Surroundings,
        place: tuple[int, int, int],
        pins: Mapping[str, Any] | None,
        limits: Limits,
    ) -> int:
        """Return which camera of those that can be drawn for a view shall be taken; cameras of a rig follow the first.

        Args:
            screen: Chooses.
            objects: Of the scene.
            rotations_wxyz: Theirs.
            surroundings: What the camera must know of them.
            place: Scene index, view and attempt.
            pins: Values that replace drawn ones.
            limits: Levels that values must belong to.
        """
        if not screen:
            return 0
        key = (*place, screen.key)
        if not pins and self._chosen is not None and self._chosen[0] == key:
            return self._chosen[1]
        scene_index, view, attempt = place
        pairs = list(zip(objects, rotations_wxyz, strict=True))
        facing = any(state.towards == "camera" for item in objects for state in item.drawn.shape.states)
        made: tuple[SceneObject, ...] | None = None

        def propose(number: int) -> Scene:
            ledger = Ledger(pins, limits, self._boosts, self._rows(scene_index, attempt))
            drawer = Drawer(self._seed, scene_index * self._views + view, _suffix(attempt, number), ledger)
            camera = self._cameras.make(drawer, 0, surroundings, (1.0, 1.0, 1.0))
            nonlocal made
            if made is None or facing:  # else all cameras see the same states
                made = self._labeller.finish(pairs, camera)
            return Scene(camera=camera, objects=made, factors=ledger.factors)

        chosen = screen.choose(propose)
        if not pins:
            self._chosen = (key, chosen)
        return chosen

    def _world(
        self,
        scene_index: int,
        attempt: int,
        pins: Mapping[str, Any] | None,
        limits: Limits,
        screen: CameraScreen,
        proposal: int | None,
    ) -> _World:
        key = (scene_index, attempt, tuple(sorted(limits)), tuple(map(str, limits.values())), screen.key, proposal)
        if not pins and self._last is not None and self._last[0] == key:
            return self._last[1]
        ledger = Ledger(pins, limits, self._boosts, self._rows(scene_index, attempt))
        drawer = Drawer(self._seed, scene_index, _suffix(attempt), ledger)
        objects, rejections, site = self._objects.make(drawer)
        weather = self._weather.make(drawer)
        surroundings = _surroundings(objects, () if site is None else site.strips)
        if site is not None and site.bounds_23 is not None:
            surroundings = replace(surroundings, surface=None, bounds_23=site.bounds_23)
        rotations = tuple(_quadruple(quaternion_from_rotation(item.rotation)) for item in objects)

        def heading_rad(light: DrawnLight) -> float:
            # The first view's camera is drawn before its time: its streams give the same one again later.
            rows = self._rows(scene_index, attempt)
            guess = Ledger(pins, limits, self._boosts, rows)
            number = proposal
            if number is None:
                view = (scene_index, 0, attempt)
                number = self._proposal(screen, objects, rotations, surroundings, view, pins, limits)
            ahead = Drawer(self._seed, scene_index * self._views, _suffix(attempt, number), guess)
            camera = self._cameras.make(ahead, 0, surroundings, light.colour)
            x, y, _ = camera.world_from_camera[:3, 2]
            return math.atan2(y, x)

        light = self._light(drawer, weather, heading_rad)
        sun = ledger.factors.get("sky.sun_elevation_deg")
        objects, carried = lit_objects(drawer, self._spec.objects, objects, self._library, sun)
        light = self._lights.with_lamps(light, carried)
        if site is not None and (site.lights or site.environment):
            light = self._lights.beside(light, site.lights, site.environment)
        world = _World(
            objects=objects,
            courses=self._motions.make(drawer, objects, surroundings.strips),
            rotations_wxyz=rotations,
            light=light,
            weather=weather,
            surroundings=surroundings,
            rejections=dict(sorted(rejections.items())),
            factors=ledger.factors,
            weight=ledger.weight,
            paths=frozenset(ledger.paths),
        )
        if not pins:
            self._last = (key, world)
        return world

    def _rows(self, scene_index: int, attempt: int) -> TableRows:
        return TableRows(self._spec.tables, self._uses, self._seed, scene_index, _suffix(attempt))

    def _light(self, drawer: Drawer, weather: DrawnWeather, heading_rad: Callable[[DrawnLight], float]) -> DrawnLight:
        light = self._lights.make(drawer)
        own = self._spec.sky or sky_of_light(light, weather, self._library)
        if own is None:
            return light
        try:
            spec = joined_sky(own, weather.sky)
        except ValueError as error:
            raise UsageError(f"the weather and the sky do not go together: {error}") from error
        if spec is None:
            return light
        heading = 0.0
        if spec.sun_azimuth_from_camera_deg is not None:
            heading = heading_rad(light)
        sky = self._skies.make(drawer, spec, weather.weather, heading)
        return self._lights.with_sky(light, sky.lights, sky.environment)


def _suffix(attempt: int, proposal: int = 0) -> str:
    return (f"@{attempt}" if attempt else "") + (f"~{proposal}" if proposal else "")


def _surroundings(objects: Sequence[PlacedObject], strips: Sequence[Strip] = ()) -> Surroundings:
    bodies = [item.body for item in objects if item.body is not None]
    targets = [item.body for item in objects if item.body is not None and item.drawn.role == "thing"]
    boxes = [np.stack([body.low, body.high]) for body in bodies]
    surface = None
    for item in objects:
        if item.body is None:
            shape = item.drawn.shape
            corners = shape.hull_n3 * np.array(item.drawn.scale) @ item.rotation.T + item.position_m
            surface = np.stack([corners.min(axis=0), corners.max(axis=0)])
            boxes.append(surface)
    return Surroundings(bodies, targets, np.array(boxes).reshape(-1, 2, 3), surface, strips)


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _quadruple(values: Float) -> tuple[float, float, float, float]:
    w, x, y, z = (float(value) for value in values)
    return w, x, y, z
