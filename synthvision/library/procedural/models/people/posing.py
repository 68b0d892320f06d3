"""From joint angles, or from points that hands and feet must reach, to a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.people.skeleton import SIDES, Figure, Measures, hanging_arm, rest_joints
from synthvision.library.procedural.shapes.mesh import Floats, turn_about

__all__ = ["Arm", "Leg", "Pose", "figure_in", "reaching_arm", "reaching_leg", "two_bones"]


@dataclass(frozen=True, slots=True)
class Arm:
    """Angles of an arm in degrees, from hanging straight down.

    Args:
        flex: Upper arm forwards.
        abduct: Upper arm away from the body.
        twist: Upper arm turned about itself, the elbow crease inwards.
        elbow: 0 is straight.
        pronate: Hand turned about the forearm, palm to the back.
        curl: Bent fingers, 0..1.
    """

    flex: float = 0.0
    abduct: float = 9.0
    twist: float = 0.0
    elbow: float = 14.0
    pronate: float = 15.0
    curl: float = 0.3


@dataclass(frozen=True, slots=True)
class Leg:
    """Angles of a leg in degrees, from straight down: thigh forwards, outwards, turned out; knee; toes up."""

    flex: float = 0.0
    abduct: float = 2.0
    turn_out: float = 8.0
    knee: float = 3.0
    toes: float = 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """All angles of a body in degrees; pairs are left, right.

    Args:
        pitch: Pelvis tipped forwards; -90 lies on the back.
        roll: Pelvis dropped to the right.
        lean: Trunk bent forwards.
        sway: Trunk bent to the right.
        twist: Shoulders turned to the left against the pelvis.
        nod: Head bent forwards.
        look: Head turned to the left.
        tilt: Head bent to the right.
        arms: Both arms.
        legs: Both legs.
    """

    pitch: float = 0.0
    roll: float = 0.0
    lean: float = 2.0
    sway: float = 0.0
    twist: float = 0.0
    nod: float = 0.0
    look: float = 0.0
    tilt: float = 0.0
    arms: tuple[Arm, Arm] = (Arm(), Arm())
    legs: tuple[Leg, Leg] = (Leg(), Leg())


def _turn(axis: str, degrees: float) -> Floats:
    return turn_about(axis, float(np.radians(degrees)))


def figure_in(m: Measures, pose: Pose) -> Figure:
    """Return the body in a pose, its pelvis where the rest pose has it."""
    rest = rest_joints(m)
    stoop = float(np.degrees(m.stoop_rad))
    joints, turns = {"pelvis": rest["pelvis"]}, {"pelvis": _turn("y", pose.pitch) @ _turn("x", pose.roll)}

    def chain(name: str, parent: str, local: Floats) -> None:
        joints[name] = turns[parent] @ (rest[name] - rest[parent]) + joints[parent]
        turns[name] = turns[parent] @ local

    half = _turn("z", pose.twist / 2) @ _turn("x", pose.sway / 2) @ _turn("y", pose.lean / 2 + 0.35 * stoop)
    chain("spine", "pelvis", half @ _turn("x", -0.6 * pose.roll))
    chain("chest", "spine", half @ _turn("x", -0.4 * pose.roll) @ _turn("y", 0.3 * stoop))
    head = _turn("z", pose.look / 2) @ _turn("x", pose.tilt / 2) @ _turn("y", pose.nod / 2)
    chain("neck", "chest", head @ _turn("y", 0.1 * stoop))
    chain("head", "neck", head @ _turn("y", -0.6 * stoop))
    for (side, sign), arm, leg in zip(SIDES, pose.arms, pose.legs, strict=True):
        hang = hanging_arm(sign)
        lifted = _turn("y", -arm.flex) @ _turn("x", sign * arm.abduct) @ _turn("z", -sign * arm.twist)
        chain(f"{side}_arm", "chest", lifted @ hang)
        chain(f"{side}_forearm", f"{side}_arm", hang.T @ _turn("y", -arm.elbow) @ hang)
        chain(f"{side}_hand", f"{side}_forearm", hang.T @ _turn("z", -sign * arm.pronate) @ hang)
        thigh = _turn("y", -leg.flex) @ _turn("x", sign * leg.abduct) @ _turn("z", sign * leg.turn_out)
        chain(f"{side}_thigh", "pelvis", thigh)
        chain(f"{side}_shin", f"{side}_thigh", _turn("y", leg.knee))
        chain(f"{side}_foot", f"{side}_shin", _turn("y", -leg.toes))
    return Figure(m, rest, joints, turns, (pose.arms[0].curl, pose.arms[1].curl))


def two_bones(start: Floats, target: Floats, lengths: tuple[float, float], pole: Floats) -> tuple[Floats, Floats]:
    """Return the middle joint and the end of a limb of two bones that reaches for a point.

    Args:
        start: Where the limb begins.
        target: Where it should end; the end falls short where the limb is.
        lengths: Of the bones.
        pole: Direction towards which the middle joint bends.
    """
    a, b = lengths
    way = target - start
    far = float(np.linalg.norm(way))
    along = way / max(far, 1e-9)
    far = float(np.clip(far, abs(a - b) * 1.05 + 1e-4, 0.998 * (a + b)))
    out = pole - along * float(pole @ along)
    out /= max(float(np.linalg.norm(out)), 1e-9)
    share = (a * a - b * b + far * far) / (2 * far)
    rise = float(np.sqrt(max(a * a - share * share, 0.0)))
    return start + along * share + out * rise, start + along * far


def _frame(down: Floats, hinge: Floats) -> Floats:
    """The rotation that takes straight down to `down` and the left to the hinge."""
    across = hinge - down * float(hinge @ down)
    across /= np.linalg.norm(across)
    return np.stack([np.cross(across, -down), across, -down], axis=1)


def reaching_arm(
    figure: Figure,
    side: str,
    wrist: Floats,
    pole: Floats,
    *,
    pronate: float = 0.0,
    bend: float = 0.0,
    curl: float = 0.8,
) -> Figure:
    """Return the figure with one wrist at a point.

    Args:
        figure: To start from.
        side: ``left`` or ``right``.
        wrist: Where the wrist joint should be.
        pole: Direction to which the elbow points.
        pronate: As in `Arm`.
        bend: Hand bent to the palm, degrees.
        curl: Of the fingers.
    """
    sign = dict(SIDES)[side]
    hang = hanging_arm(sign)
    m = figure.measures
    joints, turns = dict(figure.joints), dict(figure.turns)
    start = joints[f"{side}_arm"]
    elbow, end = two_bones(start, wrist, (m.upper_arm, m.forearm), pole)
    upper, fore = (elbow - start) / m.upper_arm, (end - elbow) / m.forearm
    hinge = np.cross(fore, upper)
    joints[f"{side}_forearm"], joints[f"{side}_hand"] = elbow, end
    turns[f"{side}_arm"] = _frame(upper, hinge) @ hang
    lower = _frame(fore, hinge)
    turns[f"{side}_forearm"] = lower @ hang
    turns[f"{side}_hand"] = lower @ _turn("z", -sign * pronate) @ _turn("x", -sign * bend) @ hang
    curls = (curl, figure.curl[1]) if side == "left" else (figure.curl[0], curl)
    return Figure(m, figure.rest, joints, turns, curls)


def reaching_leg(figure: Figure, side: str, ankle: Floats, pole: Floats, toes_down_deg: float = 0.0) -> Figure:
    """Return the figure with one ankle at a point and its foot level, or its toes down by an angle."""
    joints, turns = dict(figure.joints), dict(figure.turns)
    start = joints[f"{side}_thigh"]
    rest = figure.rest
    lengths = (
        float(np.linalg.norm(rest[f"{side}_shin"] - rest[f"{side}_thigh"])),
        float(np.linalg.norm(rest[f"{side}_foot"] - rest[f"{side}_shin"])),
    )
    knee, end = two_bones(start, ankle, lengths, pole)
    upper, lower = (knee - start) / lengths[0], (end - knee) / lengths[1]
    hinge = np.cross(upper, lower)
    joints[f"{side}_shin"], joints[f"{side}_foot"] = knee, end
    turns[f"{side}_thigh"], turns[f"{side}_shin"] = _frame(upper, hinge), _frame(lower, hinge)
    forward = np.array([pole[0], pole[1], 0.0]) + np.array([1e-6, 0.0, 0.0])
    yaw = turn_about("z", float(np.arctan2(forward[1], forward[0])))
    turns[f"{side}_foot"] = yaw @ _turn("y", toes_down_deg)
    return Figure(figure.measures, rest, joints, turns, figure.curl)
