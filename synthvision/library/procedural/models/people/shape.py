"""How thick a human body is: sections of trunk, arms and legs in the rest pose, with the bones they follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.people.skeleton import BONES, REST_ARM_RAD, Measures, follow, rest_joints
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["ARM_HOLES", "COLUMNS", "BodyShape", "eased_step"]

COLUMNS = 12
"""Points of a section of the trunk: 0 is the front, 3 the left side, 6 the back."""

ARM_HOLES = {"left": (2, 3, 4), "right": (10, 9, 8)}
"""Columns from front to back between which an arm begins, over the three rows at levels 4, 5 and 6."""

# Level 0 crotch, 1 hips, 2 waist, 3 ribs, 4 armpit, 5 middle of the shoulder, 6 its top, 7 foot of the neck.
_LEVELS = np.arange(8.0)
_HALF_WIDTH = np.array([0.092, 0.098, 0.080, 0.085, 0.093, 0.093, 0.058, 0.040])
_FRONT = np.array([0.056, 0.062, 0.060, 0.066, 0.070, 0.058, 0.027, 0.037])
_BACK = np.array([0.064, 0.074, 0.056, 0.058, 0.064, 0.062, 0.040, 0.036])
_MIDDLE = np.array([0.0, -0.004, 0.0, -0.002, -0.004, -0.008, -0.014, -0.012])

# Along an arm: 0 shoulder, 1 elbow, 2 wrist. Along a leg: 0 hip, 1 knee, 2 ankle.
_ARM = (
    (0.0, 0.2, 0.5, 0.85, 1.0, 1.2, 1.5, 1.85, 2.0),
    (0.030, 0.0315, 0.028, 0.023, 0.023, 0.0245, 0.0205, 0.0150, 0.0142),
)
_LEG = (
    (0.0, 0.2, 0.45, 0.8, 1.0, 1.15, 1.35, 1.65, 1.9, 2.1),
    (0.056, 0.054, 0.047, 0.037, 0.0345, 0.0325, 0.0345, 0.0265, 0.0205, 0.021),
)
_LEG_BACK = ((0.0, 0.9, 1.0, 1.3, 1.7, 2.0), (0.0, 0.002, 0.0, 0.008, 0.004, 0.002))


def eased_step(low: float, high: float, value: float) -> float:
    """Return 0 up to `low`, 1 from `high` on and a smooth rise between them."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, slots=True, eq=False)
class BodyShape:
    """Sections of one body; `ease` is always how far cloth stands off the skin, metres."""

    measures: Measures
    rest: dict[str, Floats]
    heights: Floats

    @classmethod
    def of(cls, m: Measures) -> BodyShape:
        """Return the sections of a body with these measures."""
        rest = rest_joints(m)
        hip, shoulder = float(rest["pelvis"][2]), m.shoulder
        trunk = shoulder - hip
        heights = np.array(
            [
                m.crotch,
                hip + 0.008 * m.height,
                hip + 0.36 * trunk,
                hip + 0.58 * trunk,
                shoulder - 0.072 * m.frame,
                shoulder - 0.03 * m.frame,
                shoulder + 0.018 * m.frame,
                shoulder + 0.024 * m.frame + 0.08 * m.head,
            ]
        )
        return cls(m, rest, heights)

    def height_at(self, level: float) -> float:
        """Height of a level of the trunk; levels above 7 go up the neck."""
        if level > 7:
            return float(self.heights[7]) + (level - 7) * 0.25 * self.measures.head
        return float(np.interp(level, _LEVELS, self.heights))

    def trunk_ring(self, level: float, ease: float, *, flare: float = 0.0) -> Floats:
        """Return the section of the trunk at a level, float64 (12, 3)."""
        m = self.measures
        at = min(level, 7.0)
        thick = np.interp(at, (0, 1, 4, 5.5, 7), (1, 1, 1, 0.55, 0.4))
        girth = 1.0 + (m.girth - 1.0) * float(thick)
        lean = m.curve - 0.5
        hips, waist, top = (float(np.exp(-(((at - c) / s) ** 2))) for c, s in ((0.8, 0.9), (2.1, 0.8), (5.0, 1.4)))
        wide = float(np.interp(at, _LEVELS, _HALF_WIDTH)) * (
            1 + 0.10 * lean * hips - 0.12 * lean * waist - 0.10 * lean * top
        )
        front = float(np.interp(at, _LEVELS, _FRONT)) + 0.030 * max(lean, 0.0) * float(
            np.exp(-(((at - 3.75) / 0.6) ** 2))
        )
        front += m.belly * float(np.exp(-(((at - 1.75) / 0.95) ** 2)))
        wide += 0.45 * m.belly * waist
        back = float(np.interp(at, _LEVELS, _BACK)) * (1 + 0.1 * lean * hips)
        angle = np.arange(COLUMNS) * 2 * np.pi / COLUMNS
        c, s = np.cos(angle), np.sin(angle)
        power = float(np.interp(at, (0, 6, 7), (0.86, 0.86, 1.0)))
        # Subdivision draws a ring of twelve in by 3 %.
        k = m.frame * girth * 1.03
        deep = np.where(c > 0, k * front, k * back) + ease + flare
        x = float(np.interp(at, _LEVELS, _MIDDLE)) * m.frame + deep * np.sign(c) * np.abs(c) ** power
        y = (k * wide + ease + flare) * np.sign(s) * np.abs(s) ** power
        return np.stack([x, y, np.full(COLUMNS, self.height_at(level))], axis=1)

    def trunk_weights(self, level: float) -> Floats:
        """Bones that a level of the trunk follows."""
        to_spine, to_chest = eased_step(1.0, 2.3, level), eased_step(2.2, 3.5, level)
        neck = 0.3 * eased_step(6.2, 7.6, level)
        return follow(pelvis=1 - to_spine, spine=to_spine * (1 - to_chest), chest=to_chest * (1 - neck), neck=neck)

    def arm_ring(self, side: str, t: float, ease: float) -> Floats:
        """Section of an arm, float64 (8, 3): from its underside over the front and the top to the back."""
        m = self.measures
        sign = 1.0 if side == "left" else -1.0
        along = np.array([0.0, sign * np.cos(REST_ARM_RAD), -np.sin(REST_ARM_RAD)])
        up = np.array([0.0, sign * np.sin(REST_ARM_RAD), np.cos(REST_ARM_RAD)])
        length = min(t, 1.0) * m.upper_arm + max(t - 1.0, 0.0) * m.forearm
        # Subdivision draws a ring of eight in by 7 %.
        radius = 1.075 * (m.frame * m.girth * float(np.interp(t, *_ARM)) + ease)
        wide = 1.0 + 0.12 * eased_step(1.4, 1.9, t)
        turn = np.arange(8) * np.pi / 4
        offset = np.outer(-np.cos(turn) / wide, up) + np.outer(np.sin(turn) * wide, [1.0, 0.0, 0.0])
        return np.asarray(self.rest[f"{side}_arm"] + along * length + radius * offset, np.float64)

    def arm_weights(self, side: str, t: float) -> Floats:
        """Bones that a section of an arm follows."""
        fore = eased_step(0.72, 1.28, t)
        upper = eased_step(-0.25, 0.4, t)
        return follow(chest=1 - upper, **{f"{side}_arm": upper * (1 - fore), f"{side}_forearm": upper * fore})

    def leg_ring(self, side: str, t: float, ease: float) -> Floats:
        """Section of a leg, float64 (8, 3): from its inside over the front and the outside to the back."""
        m = self.measures
        sign = 1.0 if side == "left" else -1.0
        hip, knee, ankle = (self.rest[f"{side}_{part}"] for part in ("thigh", "shin", "foot"))
        centre = hip + (knee - hip) * min(t, 1.0) + (ankle - knee) * max(t - 1.0, 0.0)
        centre = centre - [m.frame * m.girth * float(np.interp(t, *_LEG_BACK)), 0.0, 0.0]
        radius = 1.075 * (m.frame * m.girth * float(np.interp(t, *_LEG)) + ease)
        turn = np.arange(8) * np.pi / 4
        offset = np.stack([np.sin(turn), -sign * np.cos(turn), np.zeros(8)], axis=1)
        ring = centre + radius * offset
        # Thighs meet in the middle, and fill the hips at their outside.
        ring[:, 1] = sign * np.maximum(sign * ring[:, 1], 0.003)
        return np.asarray(ring, np.float64)

    def leg_weights(self, side: str, t: float) -> Floats:
        """Bones that a section of a leg follows."""
        shin = eased_step(0.72, 1.28, t)
        thigh = eased_step(-0.1, 0.35, t)
        return follow(pelvis=1 - thigh, **{f"{side}_thigh": thigh * (1 - shin), f"{side}_shin": thigh * shin})

    def skirt_weights(self, ring_n3: Floats) -> Floats:
        """Bones that a section of a skirt or coat below the hips follows, a row for each point."""
        m = self.measures
        hip, knee = self.rest["left_thigh"][2], self.rest["left_shin"][2]
        rows = []
        for _, y, z in ring_n3:
            t = float((hip - z) / (hip - knee))
            left = eased_step(-1.0, 1.0, float(y) / (1.3 * m.hip_y + 1e-9))
            thigh, shin = eased_step(-0.15, 0.5, t), 0.85 * eased_step(0.85, 1.3, t)
            row = follow(pelvis=1 - thigh)
            for side, share in (("left", left), ("right", 1 - left)):
                row[BONES.index(f"{side}_thigh")] += thigh * share * (1 - shin)
                row[BONES.index(f"{side}_shin")] += thigh * share * shin
            rows.append(row)
        return np.array(rows)
