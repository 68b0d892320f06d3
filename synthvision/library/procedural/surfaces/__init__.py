"""Procedural surfaces: floors, table tops and walls with albedo, roughness, normals and occlusion, true to scale."""

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.surfaces.asphalt import ASPHALT_FLOOR
from synthvision.library.procedural.surfaces.carpet import CARPET
from synthvision.library.procedural.surfaces.cloth import CLOTH
from synthvision.library.procedural.surfaces.concrete import CONCRETE_FLOOR
from synthvision.library.procedural.surfaces.grass import GRASS_FLOOR
from synthvision.library.procedural.surfaces.ground import GROUND
from synthvision.library.procedural.surfaces.stone import STONE_FLOOR
from synthvision.library.procedural.surfaces.tiles import TILE_FLOOR
from synthvision.library.procedural.surfaces.walls import CARDBOARD, METAL_SHEET, PAINTED_WALL
from synthvision.library.procedural.surfaces.wood import TABLE_WOOD, WOOD_FLOOR

__all__ = ["surface_assets"]


def surface_assets() -> tuple[ProceduralAsset, ...]:
    """Return every procedural surface; each builds a `Material` whose maps repeat without a seam."""
    return (
        WOOD_FLOOR,
        TILE_FLOOR,
        CONCRETE_FLOOR,
        CLOTH,
        ASPHALT_FLOOR,
        GRASS_FLOOR,
        STONE_FLOOR,
        CARPET,
        GROUND,
        PAINTED_WALL,
        CARDBOARD,
        METAL_SHEET,
        TABLE_WOOD,
    )
