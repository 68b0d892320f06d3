"""Rigid bodies that fall in waves onto what stands, until they rest.

Bodies wait outside the scene until their wave: then all of it that fits beside each other is let go just above the
heap. Invisible walls keep them over the opening while they fall and are taken away before they rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.sampling.physics.contacts import PartsBody
from synthvision.sampling.physics.engine import load_engine
from synthvision.sampling.physics.hulls import Hull
from synthvision.sampling.physics.opening import Opening

__all__ = ["Outcome", "simulate"]

Float = NDArray[np.float64]

_DENSITY_KG_M3 = 400.0
_FRICTION = (0.6, 0.005, 0.0001)
# A step is this long for bodies of 6 cm; small things fall shorter ways in shorter times.
_STEP_S = 0.0035
_STEP_SIZE_M = 0.06
# Contacts take this many steps to push an overlap out. Two would be stable for one pair; parts that hook into each
# other need softer ones.
_STIFFNESS_STEPS = 3.0
# Soft contacts creep, so that what leans on others slides for seconds; this many sweeps of hard friction stop it.
_NOSLIP = 3
# Nothing in a heap is as fast as this; what is was pushed out of something too hard.
_MOST_M_S = 3.0
_MOST_RAD_S = 40.0
# Seconds from one wave to the next, and with walls after the last one, for bodies of 6 cm.
_WAVE_S = 0.12
_WALLS_S = 0.3
# Air and inner friction take this share of speed away in a second: at first, and the longer the heap is restless the
# more, so that what rolls comes to rest. Even with the most, what can fall falls at 0.4 m/s, far faster than the test
# of rest allows. Much more would be no help: what tips over slowly would take the longer.
_DRAG = 6.0
_LATER_DRAG = ((0.3, 8.0), (1.2, 24.0))
# At rest: no point of any body got on faster than this from one look to the next, for so many looks. Speed itself would
# not do: a body that is pinched trembles on the spot. Things larger than 6 cm may be faster, as they fall faster.
_REST_M_S = 0.03
_LOOKS = 3
_LOOK_STEPS = 8
_WALL_M = 0.05
_TRIES = 30
# Parts of two bodies that still overlap this much after that many looks are hooked into each other: the upper body is
# lifted out and let go again. So is the fastest body where it does not come to rest.
_HOOKED_M = 1.5e-3
_HOOKED_LOOKS = 3
_RESTLESS_S = 3.0
_MOST_LIFTS = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where bodies came to rest.

    Args:
        bodies: The fallen bodies in the order in which they were given.
        at_rest: All were slow enough within the time.
        seconds: Simulated time.
        steps: Simulated steps.
    """

    bodies: tuple[PartsBody, ...]
    at_rest: bool
    seconds: float
    steps: int


def simulate(
    standing: Sequence[PartsBody], falling: Sequence[PartsBody], opening: Opening, rng: np.random.Generator,
    *, floor: bool, height_m: float, most_s: float,
) -> Outcome:  # fmt: skip
    """Let bodies fall and return where they rest.

    Args:
        standing: What does not move.
        falling: What falls, oriented as it is let go; its position does not matter.
        opening: Over which area it is let go.
        rng: Draws places.
        floor: The plane z = 0 carries.
        height_m: Least fall of each body's lowest point.
        most_s: Most simulated time.

    Raises:
        UsageError: The physics engine is not installed.
    """
    engine = load_engine()
    run = _Run(engine, standing, falling, opening, rng, floor=floor, height_m=height_m)
    run.drop_all(most_s)
    at_rest = run.rest(most_s)
    return Outcome(run.bodies(), at_rest, run.steps * run.step_s, run.steps)


class _Run:
    def __init__(
        self, engine: Any, standing: Sequence[PartsBody], falling: Sequence[PartsBody], opening: Opening,
        rng: np.random.Generator, *, floor: bool, height_m: float,
    ) -> None:  # fmt: skip
        self._engine, self._falling, self._opening, self._rng = engine, list(falling), opening, rng
        self._height = height_m
        self._points = [np.concatenate([part.points_n3 for part in body.parts]) for body in falling]
        sizes = [float(np.ptp(points, axis=0).max()) for points in self._points]
        self._pace = float(np.clip(np.sqrt(np.median(sizes) / _STEP_SIZE_M), 0.45, 1.4))
        self.step_s = _STEP_S * self._pace
        self.steps = 0
        self._radius = np.array([float(np.linalg.norm(points, axis=1).max()) for points in self._points])
        self._model, self._walls = self._compile(standing, floor)
        self._data = engine.MjData(self._model)
        self._engine.mj_forward(self._model, self._data)
        first = self._model.jnt_qposadr, self._model.jnt_dofadr
        self._q, self._v = first[0].astype(int), first[1].astype(int)
        self._fastest = np.tile([_MOST_M_S] * 3 + [_MOST_RAD_S] * 3, len(self._falling))
        self._waiting = list(rng.permutation(len(self._falling)))
        self._seen = self._data.qpos.reshape(-1, 7).copy()
        self._rest_m_s = _REST_M_S * max(self._pace, 1.0)
        self._drag(_DRAG)

    def _compile(self, standing: Sequence[PartsBody], floor: bool) -> tuple[Any, NDArray[np.int64]]:
        engine = self._engine
        spec = engine.MjSpec()
        option = spec.option
        option.timestep = self.step_s
        option.cone = engine.mjtCone.mjCONE_PYRAMIDAL
        option.iterations, option.ls_iterations = 12, 12
        option.tolerance = 1e-6
        option.noslip_iterations = _NOSLIP
        contact = {
            "friction": _FRICTION,
            "solref": (_STIFFNESS_STEPS * self.step_s, 1.0),
            "solimp": (0.95, 0.99, 0.0005, 0.5, 2.0),
        }
        names: dict[Hull, str] = {}

        def add_parts(body: Any, parts: Sequence[Hull], **options: Any) -> None:
            for part in parts:
                if part not in names:
                    names[part] = f"part{len(names)}"
                    mesh = spec.add_mesh(name=names[part])
                    mesh.uservert = part.points_n3.ravel()
                    mesh.userface = part.triangles_m3.astype(np.int32).ravel()
                body.add_geom(type=engine.mjtGeom.mjGEOM_MESH, meshname=names[part], **contact, **options)

        if floor:
            plane = engine.mjtGeom.mjGEOM_PLANE
            spec.worldbody.add_geom(type=plane, size=(1.0, 1.0, 0.1), contype=1, conaffinity=0, **contact)
        for body in standing:
            item = spec.worldbody.add_body(pos=body.position_m, quat=quaternion_from_rotation(body.rotation))
            add_parts(item, body.parts, contype=1, conaffinity=0)
        walls = []
        for number, (middle, half, yaw) in enumerate(self._opening.walls(_WALL_M, self._wall_height())):
            turn = (np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2))
            walls.append(f"wall{number}")
            spec.worldbody.add_geom(
                name=walls[-1], type=engine.mjtGeom.mjGEOM_BOX, pos=middle, quat=turn, size=half, contype=2,
                conaffinity=0, friction=(0.02, 0.0, 0.0), priority=1, solref=contact["solref"],
            )  # fmt: skip
        for index, body in enumerate(self._falling):
            item = spec.worldbody.add_body(
                name=f"body{index}", pos=self._parking(index), quat=quaternion_from_rotation(body.rotation)
            )
            item.add_freejoint()
            add_parts(item, body.parts, contype=1, conaffinity=3, density=_DENSITY_KG_M3)
        model = spec.compile()
        ids = [engine.mj_name2id(model, engine.mjtObj.mjOBJ_GEOM, name) for name in walls]
        return model, np.array(ids, np.int64)

    def _wall_height(self) -> float:
        return self._height + 3.0 * float(self._radius.max()) + 0.2

    def _parking(self, index: int) -> Float:
        column, row = divmod(index, 8)
        return np.array([30.0 + 2.0 * column, 2.0 * row, 10.0])

    def _drag(self, per_s: float) -> None:
        model = self._model
        mass, inertia = model.body_mass[1:], model.body_inertia[1:].mean(axis=1)
        moving = model.body_dofnum[1:] == 6
        for start, kilos, turning in zip(self._v, mass[moving], inertia[moving], strict=True):
            model.dof_damping[start : start + 3] = per_s * kilos
            model.dof_damping[start + 3 : start + 6] = per_s * turning

    def _step(self, count: int) -> None:
        data = self._data
        for _ in range(count):
            self._engine.mj_step(self._model, data)
            np.clip(data.qvel, -self._fastest, self._fastest, out=data.qvel)
            for index in self._waiting:
                data.qpos[self._q[index] : self._q[index] + 3] = self._parking(index)
                data.qvel[self._v[index] : self._v[index] + 6] = 0.0
        self.steps += count

    def drop_all(self, most_s: float) -> None:
        wave = max(int(_WAVE_S * self._pace / self.step_s), 1)
        while self._waiting and self.steps * self.step_s < most_s:
            self._release()
            self._step(wave)
        self._step(int(_WALLS_S * self._pace / self.step_s))
        self._model.geom_contype[self._walls] = 0

    def _world_points(self, index: int) -> Float:
        rotation = self._data.xmat[1 + self._first + index].reshape(3, 3)
        points: Float = self._points[index] @ rotation.T + self._data.xpos[1 + self._first + index]
        return points

    @property
    def _first(self) -> int:
        """How many bodies stand before the falling ones."""
        return int(self._model.nbody) - 1 - len(self._falling)

    def _release(self) -> None:
        """Let go of what fits beside each other above the heap."""
        data = self._data
        out = set(self._waiting)
        tops = [self._world_points(index)[:, 2].max() for index in range(len(self._falling)) if index not in out]
        # Only what lies over the opening is in the way, but a heap is low beside a fall.
        base = max([self._opening.height_m, *tops]) + self._height
        taken: list[tuple[Float, float]] = []
        left = []
        for index in self._waiting:
            rotation = self._falling[index].rotation
            points = self._points[index] @ rotation.T
            low, high = points.min(axis=0), points.max(axis=0)
            middle = (low + high) / 2
            radius = float(np.linalg.norm(points[:, :2] - middle[:2], axis=1).max())
            place = self._free_place(taken, radius)
            if place is None:
                left.append(index)
                continue
            taken.append((place, radius))
            at = self._q[index]
            lift = base + float(self._rng.random()) * 0.3 * float(high[2] - low[2]) - low[2]
            data.qpos[at : at + 3] = (*(place - middle[:2]), lift)
            data.qpos[at + 3 : at + 7] = quaternion_from_rotation(rotation)
            data.qvel[self._v[index] : self._v[index] + 6] = (0.0, 0.0, -0.4, *self._rng.normal(0.0, 1.0, 3))
        self._waiting = left

    def _free_place(self, taken: Sequence[tuple[Float, float]], radius_m: float) -> Float | None:
        for _ in range(_TRIES):
            place = self._opening.draw(self._rng, radius_m)
            if all(np.hypot(*(place - other)) > radius_m + reach for other, reach in taken):
                return place
        return self._opening.draw(self._rng, radius_m) if not taken else None

    def rest(self, most_s: float) -> bool:
        """Go on until all is slow; return whether it was."""
        slow, since, lifts = 0, self.steps, 0
        self._seen = self._data.qpos.reshape(-1, 7).copy()
        stages = list(_LATER_DRAG)
        hooked: Counter[int] = Counter()
        while self.steps * self.step_s < most_s:
            self._step(_LOOK_STEPS)
            waited = (self.steps - since) * self.step_s
            while stages and waited > stages[0][0] * self._pace:
                self._drag(stages.pop(0)[1])
            speed = self._speeds()
            overlapping = self._overlapping()
            slow = slow + 1 if float(speed.max(initial=0.0)) < self._rest_m_s and not overlapping else 0
            if slow >= _LOOKS:
                return True
            hooked = Counter({index: hooked[index] + 1 for index in overlapping})
            lifted = [index for index, looks in hooked.items() if looks >= _HOOKED_LOOKS]
            if not lifted and waited > _RESTLESS_S * self._pace:
                lifted = [int(np.argmax(speed))]
            if lifted and lifts < _MOST_LIFTS:
                lifts += len(lifted)
                since, stages = self.steps, list(_LATER_DRAG)
                self._drag(_DRAG)
                self._again(lifted)
                self._seen = self._data.qpos.reshape(-1, 7).copy()
                hooked.clear()
        return False

    def _again(self, lifted: Sequence[int]) -> None:
        """Lift bodies out and let them go again above the heap."""
        self._waiting = list(lifted)
        self._engine.mj_forward(self._model, self._data)
        while self._waiting:
            self._release()
            self._step(max(int(_WAVE_S * self._pace / self.step_s), 1))

    def _overlapping(self) -> set[int]:
        """Return the upper bodies of all pairs that overlap deeply."""
        data, model = self._data, self._model
        if not data.ncon:
            return set()
        deep = data.contact.dist < -_HOOKED_M
        found = set()
        for pair in np.unique(model.geom_bodyid[data.contact.geom[deep]], axis=0):
            moving = [int(body) - 1 - self._first for body in pair if body > self._first]
            if moving:
                found.add(max(moving, key=lambda index: float(data.xpos[1 + self._first + index, 2])))
        return found

    def _speeds(self) -> Float:
        """Return the mean speed of the fastest point of each body since the last look, at most."""
        at = self._data.qpos.reshape(-1, 7).copy()
        before, self._seen = self._seen, at
        moved = np.linalg.norm(at[:, :3] - before[:, :3], axis=1)
        # From a sine: the cosine of a small angle tells nothing.
        same = np.sign(np.sum(at[:, 3:] * before[:, 3:], axis=1, keepdims=True))
        turned = 4.0 * np.arcsin(np.minimum(np.linalg.norm(at[:, 3:] - same * before[:, 3:], axis=1) / 2, 1.0))
        speed: Float = (moved + turned * self._radius) / (_LOOK_STEPS * self.step_s)
        return speed

    def bodies(self) -> tuple[PartsBody, ...]:
        self._engine.mj_forward(self._model, self._data)
        found = []
        for index, body in enumerate(self._falling):
            number = 1 + self._first + index
            rotation = self._data.xmat[number].reshape(3, 3).copy()
            found.append(body.at(rotation, self._data.xpos[number].copy()))
        return tuple(found)
