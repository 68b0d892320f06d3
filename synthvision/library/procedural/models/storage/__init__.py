"""What goods are kept and moved in."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.storage.box_stack import BOX_STACK
from synthvision.library.procedural.models.storage.crate import CRATE
from synthvision.library.procedural.models.storage.drum import DRUM
from synthvision.library.procedural.models.storage.fire_extinguisher import FIRE_EXTINGUISHER
from synthvision.library.procedural.models.storage.forklift import FORKLIFT
from synthvision.library.procedural.models.storage.gas_cylinder import GAS_CYLINDER
from synthvision.library.procedural.models.storage.hall_shell import HALL_SHELL
from synthvision.library.procedural.models.storage.hand_truck import HAND_TRUCK
from synthvision.library.procedural.models.storage.ladder import LADDER
from synthvision.library.procedural.models.storage.pallet import PALLET
from synthvision.library.procedural.models.storage.pallet_jack import PALLET_JACK
from synthvision.library.procedural.models.storage.roll_cage import ROLL_CAGE
from synthvision.library.procedural.models.storage.sack import SACK
from synthvision.library.procedural.models.storage.shelf import SHELF

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    CRATE,
    SHELF,
    PALLET,
    BOX_STACK,
    DRUM,
    HAND_TRUCK,
    PALLET_JACK,
    FORKLIFT,
    LADDER,
    FIRE_EXTINGUISHER,
    ROLL_CAGE,
    SACK,
    GAS_CYLINDER,
    HALL_SHELL,
)
