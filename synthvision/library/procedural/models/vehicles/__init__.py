"""Vehicles of the road."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.vehicles.bicycle import BICYCLE
from synthvision.library.procedural.models.vehicles.bus import BUS
from synthvision.library.procedural.models.vehicles.car import CAR
from synthvision.library.procedural.models.vehicles.kick_scooter import KICK_SCOOTER
from synthvision.library.procedural.models.vehicles.lorry import LORRY
from synthvision.library.procedural.models.vehicles.motorcycle import MOTORCYCLE
from synthvision.library.procedural.models.vehicles.trailer import TRAILER
from synthvision.library.procedural.models.vehicles.van import VAN

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (CAR, VAN, LORRY, BUS, BICYCLE, MOTORCYCLE, TRAILER, KICK_SCOOTER)
