"""Parts as they come off a machine, and what inspects them."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.machine_parts.bar_light import BAR_LIGHT
from synthvision.library.procedural.models.machine_parts.bearing import BEARING
from synthvision.library.procedural.models.machine_parts.blister_pack import BLISTER_PACK
from synthvision.library.procedural.models.machine_parts.bolt import BOLT
from synthvision.library.procedural.models.machine_parts.bottle_cap import BOTTLE_CAP
from synthvision.library.procedural.models.machine_parts.bracket import BRACKET
from synthvision.library.procedural.models.machine_parts.camera_housing import CAMERA_HOUSING
from synthvision.library.procedural.models.machine_parts.casting import CASTING
from synthvision.library.procedural.models.machine_parts.connector import CONNECTOR
from synthvision.library.procedural.models.machine_parts.conveyor_belt import CONVEYOR_BELT
from synthvision.library.procedural.models.machine_parts.dome_light import DOME_LIGHT
from synthvision.library.procedural.models.machine_parts.gear import GEAR
from synthvision.library.procedural.models.machine_parts.nut import NUT
from synthvision.library.procedural.models.machine_parts.pcb import PCB
from synthvision.library.procedural.models.machine_parts.pipe_elbow import PIPE_ELBOW
from synthvision.library.procedural.models.machine_parts.ring_light import RING_LIGHT
from synthvision.library.procedural.models.machine_parts.spring import SPRING
from synthvision.library.procedural.models.machine_parts.syringe import SYRINGE
from synthvision.library.procedural.models.machine_parts.valve_handle import VALVE_HANDLE
from synthvision.library.procedural.models.machine_parts.washer import WASHER

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    BRACKET,
    GEAR,
    BOLT,
    NUT,
    WASHER,
    PCB,
    BOTTLE_CAP,
    CASTING,
    BEARING,
    PIPE_ELBOW,
    VALVE_HANDLE,
    SPRING,
    CONNECTOR,
    BLISTER_PACK,
    SYRINGE,
    RING_LIGHT,
    BAR_LIGHT,
    DOME_LIGHT,
    CONVEYOR_BELT,
    CAMERA_HOUSING,
)
