"""A figure that sits on a saddle, its hands on two grips and its feet on two pedals or rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.models.people.posing import Arm, Leg, Pose, figure_in, reaching_arm, reaching_leg
from synthvision.library.procedural.models.people.skeleton import SIDES, Figure, Measures
from synthvision.library.procedural.shapes.mesh import Floats, turn_about

__all__ = ["Contacts", "contacts_of", "cycling_contacts", "riding_figure"]

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Where a vehicle bears its rider, metres in the frame of the vehicle (x forward, y left).

    Args:
        saddle: Middle of the top of the saddle.
        grips: Middles of the left and the right grip.
        pedals: Middles of the tops of the left and the right pedal.
    """

    saddle: Point
    grips: tuple[Point, Point]
    pedals: tuple[Point, Point]


def contacts_of(keypoints: Mapping[str, Point]) -> Contacts:
    """Return where a vehicle bears its rider, from keypoints such as ``saddle`` and ``left_grip``."""
    grips = (keypoints["left_grip"], keypoints["right_grip"])
    return Contacts(keypoints["saddle"], grips, (keypoints["left_pedal"], keypoints["right_pedal"]))


def cycling_contacts(m: Measures, crank_rad: float) -> Contacts:
    """Return the points of a bicycle that fits a body, its bottom bracket at the origin, for riding without one."""
    leg = m.crotch + 0.038 * m.height
    reach, crank = 0.30 * m.height, 0.097 * m.height
    saddle = (-0.27 * leg, 0.0, 0.80 * leg)
    c, s = crank * np.cos(crank_rad), crank * np.sin(crank_rad)
    half = 0.07 * m.frame
    grips = (
        (saddle[0] + reach + 0.06, 0.16 * m.frame, saddle[2] + 0.04),
        (saddle[0] + reach + 0.06, -0.16 * m.frame, saddle[2] + 0.04),
    )
    return Contacts(saddle, grips, ((float(c), half, float(s)), (float(-c), -half, float(-s))))


def _seated(m: Measures, contacts: Contacts, lean_deg: float, look_deg: float) -> Figure:
    pose = Pose(
        pitch=0.35 * lean_deg,
        lean=0.65 * lean_deg,
        nod=-0.75 * lean_deg,
        look=look_deg,
        arms=(Arm(), Arm()),
        legs=(Leg(), Leg()),
    )
    figure = figure_in(m, pose)
    above = m.girth * 0.055 * m.frame + 0.02
    shift = np.array(contacts.saddle) + np.array([0.02, 0.0, above]) - figure.joints["pelvis"]
    return figure.moved(shift)


def _wrist(grip: Floats, m: Measures) -> Floats:
    return np.asarray(grip + np.array([-0.040, 0.0, 0.017]) * m.height, np.float64)


def riding_figure(
    m: Measures, contacts: Contacts, *, look_deg: float = 0.0, elbow_bend: float = 0.1, curl: float = 0.85
) -> Figure:
    """Return a rider: the trunk leans as far as the arms need, elbows and knees bend as the points ask.

    Args:
        m: The body; points should lie within its reach.
        contacts: Where it is borne.
        look_deg: Head turned to the left.
        elbow_bend: How much nearer than straight arms the grips are kept, share of the arm.
        curl: Bent fingers.
    """
    arm = (m.upper_arm + m.forearm) * (1 - elbow_bend)
    grips = [np.array(grip) for grip in contacts.grips]
    middle = _wrist((grips[0] + grips[1]) / 2, m)
    low, high = -12.0, 80.0
    for _ in range(14):
        lean = (low + high) / 2
        figure = _seated(m, contacts, lean, look_deg)
        shoulders = (figure.joints["left_arm"] + figure.joints["right_arm"]) / 2
        across = abs(abs(grips[0][1]) - m.shoulder_y)
        low, high = (lean, high) if float(np.hypot(np.linalg.norm(shoulders - middle), across)) > arm else (low, lean)
    figure = _seated(m, contacts, high, look_deg)
    for number, (side, sign) in enumerate(SIDES):
        pole = np.array([-0.35, sign * 0.8, -0.75])
        figure = reaching_arm(figure, side, _wrist(grips[number], m), pole, pronate=82, curl=curl)
        pedal = np.array(contacts.pedals[number])
        toes = 12.0
        ball = turn_about("y", float(np.radians(toes))) @ np.array([0.42 * m.foot, 0.0, -0.043 * m.height - 0.008])
        ankle = pedal - ball
        figure = reaching_leg(figure, side, ankle, np.array([1.0, sign * 0.06, 0.25]), toes)
    return figure
