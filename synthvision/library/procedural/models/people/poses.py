"""The poses of people in the street, as joint angles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthvision.library.procedural.models.people.posing import Arm, Leg, Pose, figure_in, reaching_arm
from synthvision.library.procedural.models.people.skeleton import Figure, Measures
from synthvision.library.procedural.shapes.mesh import Floats

__all__ = ["POSES", "posed_figure"]

POSES = (
    "standing",
    "walking",
    "running",
    "waiting",
    "phone",
    "sitting",
    "crouching",
    "waving",
    "lying",
    "cycling",
)

# Angles of hip, knee and ankle over a stride that begins as the heel strikes, after the usual curves of gait analysis.
_GAIT = {
    "walking": (
        (0.0, 0.12, 0.3, 0.5, 0.6, 0.72, 0.86, 1.0),
        (26.0, 22.0, 6.0, -11.0, -7.0, 14.0, 28.0, 26.0),
        (4.0, 16.0, 6.0, 8.0, 38.0, 60.0, 26.0, 4.0),
        (2.0, -5.0, 5.0, 9.0, -17.0, -4.0, 2.0, 2.0),
    ),
    "running": (
        (0.0, 0.15, 0.35, 0.5, 0.65, 0.8, 0.92, 1.0),
        (32.0, 14.0, -20.0, -10.0, 26.0, 50.0, 44.0, 32.0),
        (22.0, 40.0, 20.0, 76.0, 108.0, 84.0, 38.0, 22.0),
        (6.0, 18.0, -22.0, -20.0, -4.0, 4.0, 6.0, 6.0),
    ),
}


def _gait_leg(kind: str, phase: float) -> Leg:
    knots, hip, knee, toes = _GAIT[kind]
    at = phase % 1.0
    return Leg(
        flex=float(np.interp(at, knots, hip)),
        abduct=0.5,
        turn_out=6.0,
        knee=float(np.interp(at, knots, knee)),
        toes=float(np.interp(at, knots, toes)),
    )


def _striding(kind: str, phase: float) -> Pose:
    swing = float(np.cos(2 * np.pi * phase))
    legs = (_gait_leg(kind, phase), _gait_leg(kind, phase + 0.5))
    if kind == "walking":
        arms = tuple(
            Arm(flex=4 - s * 21 * swing, abduct=8, elbow=18 - s * 9 * swing, pronate=20, curl=0.35) for s in (1.0, -1.0)
        )
        return Pose(
            lean=4, twist=-7 * swing, roll=2.5 * float(np.sin(2 * np.pi * phase)), arms=(arms[0], arms[1]), legs=legs
        )
    arms = tuple(
        Arm(flex=-2 - s * 38 * swing, abduct=13, twist=14, elbow=88 - s * 14 * swing, pronate=10, curl=0.8)
        for s in (1.0, -1.0)
    )
    return Pose(lean=11, twist=-12 * swing, nod=-4, arms=(arms[0], arms[1]), legs=legs)


def _angles(kind: str, phase: float) -> Pose:
    """A pose by name; `phase` moves along the stride, or to and fro where there is none."""
    to_and_fro = float(np.sin(2 * np.pi * phase))
    if kind in _GAIT:
        return _striding(kind, phase)
    if kind == "waiting":
        rest, free = Leg(abduct=3, knee=1, turn_out=10), Leg(flex=13, abduct=8, turn_out=20, knee=20, toes=5)
        legs = (free, rest) if phase < 0.5 else (rest, free)
        side = 1.0 if phase < 0.5 else -1.0
        arm = Arm(flex=-4, abduct=15, twist=6, elbow=40, pronate=30, curl=0.4)
        return Pose(lean=0, roll=5 * side, look=26 * to_and_fro, arms=(arm, arm), legs=legs)
    if kind == "sitting":
        leg = Leg(flex=86, abduct=7, turn_out=4, knee=88 + 6 * to_and_fro, toes=4)
        other = replace(leg, abduct=9, knee=84 - 8 * to_and_fro)
        arm = Arm(flex=22, abduct=9, twist=18, elbow=62, pronate=50, curl=0.3)
        return Pose(lean=6 + 8 * to_and_fro, nod=4, arms=(arm, replace(arm, flex=26, elbow=56)), legs=(leg, other))
    if kind == "crouching":
        leg = Leg(flex=112, abduct=14, turn_out=8, knee=132, toes=30)
        other = replace(leg, flex=84, abduct=6, knee=124, toes=-4)
        arm = Arm(flex=52 + 12 * to_and_fro, abduct=8, twist=10, elbow=38, pronate=40, curl=0.5)
        return Pose(pitch=14, lean=26, nod=-6, arms=(arm, replace(arm, flex=44, elbow=60)), legs=(leg, other))
    if kind == "lying":
        bent = Leg(flex=24 + 14 * to_and_fro, abduct=7, turn_out=20, knee=44 + 22 * to_and_fro, toes=-22)
        return Pose(
            pitch=-90,
            lean=4,
            look=24 * to_and_fro,
            arms=(Arm(abduct=30, elbow=35, pronate=40), Arm(abduct=54, elbow=52, twist=-40)),
            legs=(bent, Leg(flex=4, abduct=9, turn_out=25, knee=8, toes=-25)),
        )
    stance = (Leg(abduct=4, turn_out=9), Leg(flex=3 * to_and_fro, abduct=4, turn_out=12, knee=4))
    arm = Arm(flex=3 + 3 * to_and_fro, abduct=8, elbow=16, pronate=25)
    return Pose(roll=2 * to_and_fro, look=12 * to_and_fro, arms=(arm, replace(arm, flex=0, elbow=12)), legs=stance)


def _jittered(pose: Pose, rng: np.random.Generator, spread_deg: float) -> Pose:
    """A pose with every angle of limbs and trunk a little off."""

    def off(scale: float = 1.0) -> float:
        return float(np.clip(rng.normal(), -2, 2)) * spread_deg * scale

    arms = [
        replace(
            arm,
            flex=arm.flex + off(1.3),
            abduct=max(arm.abduct + off(0.5), 6.0),
            twist=arm.twist + off(),
            elbow=max(arm.elbow + off(1.5), 3.0),
        )
        for arm in pose.arms
    ]
    legs = [
        replace(
            leg, flex=leg.flex + off(0.6), abduct=max(leg.abduct + off(0.4), -1.0), knee=max(leg.knee + off(0.6), 1.0)
        )
        for leg in pose.legs
    ]
    return replace(
        pose,
        lean=pose.lean + off(0.5),
        sway=pose.sway + off(0.3),
        twist=pose.twist + off(0.6),
        nod=pose.nod + off(),
        look=pose.look + off(2.0),
        tilt=pose.tilt + off(0.5),
        arms=(arms[0], arms[1]),
        legs=(legs[0], legs[1]),
    )


def posed_figure(m: Measures, kind: str, phase: float, rng: np.random.Generator, jitter_deg: float) -> Figure:
    """Return a body in one of `POSES` except ``cycling``, which `riding` makes.

    Args:
        m: The body.
        kind: Name of the pose.
        phase: Place in the stride, 0..1; other poses vary with it too.
        rng: For the jitter.
        jitter_deg: Standard deviation of the joints.
    """
    pose = _jittered(_angles(kind, phase), rng, jitter_deg)
    if kind == "phone":
        pose = replace(pose, nod=24.0 if phase < 0.5 else 2.0, look=0.5 * pose.look)
    figure = figure_in(m, pose)
    if kind == "phone":
        return _phoning(figure, phase)
    if kind == "waving":
        out = 0.22 + 0.12 * float(np.sin(2 * np.pi * phase))
        wrist = figure.joints["right_arm"] + _chest_frame(figure, (0.10, -out, 0.30)) * m.height / 1.75
        return reaching_arm(figure, "right", wrist, np.array([0.0, -1.0, -0.6]), pronate=90, curl=0.1)
    if kind == "waiting" and phase > 0.25:
        return _hands_in_pockets(figure)
    return figure


def _chest_frame(figure: Figure, offset: tuple[float, float, float]) -> Floats:
    return np.asarray(figure.turns["chest"] @ np.array(offset), np.float64)


def _phoning(figure: Figure, phase: float) -> Figure:
    m = figure.measures
    if phase < 0.5:  # reading
        place = figure.joints["chest"] + _chest_frame(figure, (0.26, -0.06, 0.03)) * m.height / 1.75
        return reaching_arm(figure, "right", place, np.array([-0.2, -0.7, -1.0]), pronate=-35, curl=0.55)
    ear = figure.carried_point("head", figure.rest["head"] + np.array([0.46, -0.90, -0.09]) * m.head)
    return reaching_arm(figure, "right", ear, np.array([0.45, -0.6, -0.6]), pronate=10, bend=14, curl=0.45)


def _hands_in_pockets(figure: Figure) -> Figure:
    m = figure.measures
    for side, sign in (("left", 1.0), ("right", -1.0)):
        pocket = np.array([0.035, sign * (m.hip_y + 0.092 * m.frame * m.girth), 0.055]) * 1.0
        place = figure.carried_point("pelvis", figure.rest["pelvis"] + pocket)
        figure = reaching_arm(figure, side, place, np.array([-1.0, sign * 1.0, 0.0]), pronate=20, curl=0.4)
    return figure
