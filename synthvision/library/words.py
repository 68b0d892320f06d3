"""What names of files and folders say: tags, categories, texture roles, playing cards, faces of dice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from synthvision.library.model import StateDirection

__all__ = [
    "TextureName",
    "attributes_from_name",
    "category_from_folders",
    "parse_texture_name",
    "states_from_note",
    "tags_from_words",
    "tile_from_tags",
]

_GENERIC = frozenset(
    {
        "asset", "assets", "model", "models", "mesh", "meshes", "object", "objects", "texture", "textures", "material",
        "materials", "hdri", "hdris", "hdr", "env", "envs", "environment", "environments", "photo", "photos", "image",
        "images", "picture", "pictures", "background", "backgrounds", "glb", "gltf", "obj", "ply", "stl", "file",
        "files", "source", "data", "misc", "of", "the", "and", "jpg", "jpeg", "png", "exr", "tif", "webp", "map",
        "maps", "pbr", "set",
    }
)  # fmt: skip
"""Words that say where a file lies rather than what it shows."""

_RESOLUTION = re.compile(r"^\d+(?:k|px)$|^(?:jpg|jpeg|png|exr|tif|tiff)$", re.IGNORECASE)

_ROLES: dict[tuple[str, ...], str] = {
    ("color",): "base_colour",
    ("colour",): "base_colour",
    ("col",): "base_colour",
    ("albedo",): "base_colour",
    ("diff",): "base_colour",
    ("diffuse",): "base_colour",
    ("basecolor",): "base_colour",
    ("basecolour",): "base_colour",
    ("base", "color"): "base_colour",
    ("base", "colour"): "base_colour",
    ("normal",): "normal",
    ("norm",): "normal",
    ("nrm",): "normal",
    ("nor",): "normal",
    ("nor", "gl"): "normal",
    ("normal", "gl"): "normal",
    ("normal", "ogl"): "normal",
    ("normal", "opengl"): "normal",
    ("normalgl",): "normal",
    ("nor", "dx"): "normal_dx",
    ("normal", "dx"): "normal_dx",
    ("normal", "directx"): "normal_dx",
    ("normaldx",): "normal_dx",
    ("rough",): "roughness",
    ("roughness",): "roughness",
    ("rgh",): "roughness",
    ("gloss",): "glossiness",
    ("glossiness",): "glossiness",
    ("metallic",): "metallic",
    ("metalness",): "metallic",
    ("ao",): "occlusion",
    ("occlusion",): "occlusion",
    ("ambientocclusion",): "occlusion",
    ("ambient", "occlusion"): "occlusion",
    ("arm",): "arm",
    ("orm",): "arm",
    ("opacity",): "opacity",
    ("alpha",): "opacity",
    ("emission",): "emissive",
    ("emissive",): "emissive",
    ("disp",): "displacement",
    ("displacement",): "displacement",
    ("height",): "displacement",
    ("bump",): "displacement",
    ("spec",): "specular",
    ("specular",): "specular",
    ("translucent",): "translucency",
}

LEFT_OUT_ROLES = frozenset({"displacement", "specular", "translucency"})
"""Maps that are recognised, named in a note, and not used."""

_RANKS = {
    "ace": "ace", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten", "jack": "jack", "queen": "queen", "king": "king",
}  # fmt: skip
_SUITS = ("clubs", "diamonds", "hearts", "spades")
_RANK_WORDS = "|".join(dict.fromkeys([*_RANKS, *_RANKS.values()]))
_CARD = re.compile(rf"^({_RANK_WORDS})_of_({'|'.join(_SUITS)})$", re.IGNORECASE)

_TILES_M = {
    "playing": None, "card": None, "cards": None, "label": None, "labels": None, "poster": None,
    "aerial": 15.0, "asphalt": 3.0, "concrete": 2.5, "ground": 2.0, "grass": 2.0, "rock": 2.0, "mud": 2.0, "sand": 2.0,
    "gravel": 2.0, "soil": 2.0, "snow": 2.0, "paving": 2.0, "brick": 1.6, "bricks": 1.6, "wall": 2.0, "plaster": 2.0,
    "tiles": 1.2, "tile": 1.2, "planks": 1.6, "floor": 1.5, "wood": 1.0, "marble": 1.0, "slats": 1.2, "cloth": 0.5,
    "fabric": 0.5, "leather": 0.5, "carpet": 0.6, "paper": 0.5,
}  # fmt: skip
"""Real size of one repeat by the first of an asset's words that is listed, in this order; 1 m for all others."""


@dataclass(frozen=True, slots=True)
class TextureName:
    """What the name of a picture says.

    Args:
        base: What the pictures of one set share, without resolution.
        role: What the picture holds, or None where the name does not say.
        resolution: Such as ``1k``, or empty.
    """

    base: str
    role: str | None
    resolution: str


def parse_texture_name(stem: str) -> TextureName:
    """Return the parts of a picture's name: its set, its role in it, its resolution.

    The last words that name a role decide, so that ``blue_metal_plate_diff_1k`` is the base colour of
    ``blue_metal_plate``.

    Example:
        >>> parse_texture_name("Metal007_1K_Metalness")
        TextureName(base='Metal007', role='metallic', resolution='1k')
        >>> parse_texture_name("rosewood_veneer1_nor_gl_1k")
        TextureName(base='rosewood_veneer1', role='normal', resolution='1k')
        >>> parse_texture_name("10_of_clubs").role is None
        True
    """
    pieces = [(match.start(), match.group()) for match in re.finditer(r"[^_\-. ]+", _split_camel(stem))]
    offsets = _camel_offsets(stem)
    resolution = next((text.lower() for _, text in pieces if re.match(r"^\d+k$", text, re.IGNORECASE)), "")
    words = [(start, text.lower()) for start, text in pieces if not _RESOLUTION.match(text)]
    for length in (2, 1):
        tail = tuple(text for _, text in words[-length:])
        if len(words) > length - 1 and tail in _ROLES and len(words) > length:
            end = offsets[words[-length][0]]
            base = _without_resolution(stem[:end])
            return TextureName(base or stem, _ROLES[tail], resolution)
    if len(words) <= 2 and tuple(text for _, text in words) in _ROLES:
        return TextureName("", _ROLES[tuple(text for _, text in words)], resolution)
    return TextureName(_without_resolution(stem), None, resolution)


def _split_camel(stem: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)


def _camel_offsets(stem: str) -> list[int]:
    """Return for each position of the split text the position in the stem."""
    offsets: list[int] = []
    for index, letter in enumerate(stem):
        if index and letter.isupper() and stem[index - 1].islower():
            offsets.append(index)
        offsets.append(index)
    return [*offsets, len(stem)]


def _without_resolution(text: str) -> str:
    return re.sub(r"(?:[_\-. ]\d+k(?:[_\-. ]?(?:jpg|jpeg|png|exr|tif))?)?[_\-. ]*$", "", text, flags=re.IGNORECASE)


def tags_from_words(*texts: str) -> tuple[str, ...]:
    """Return the sorted words of names, paths and class names that say something.

    Example:
        >>> tags_from_words("fruit_veg", "models/fruit_veg/ycb_plastic_banana")
        ('banana', 'fruit', 'plastic', 'veg', 'ycb')
        >>> tags_from_words("hdri_outdoor_urban_sun")
        ('outdoor', 'sun', 'urban')
    """
    found: set[str] = set()
    for text in texts:
        for word in re.split(r"[^A-Za-z0-9]+", _split_camel(text)):
            bare = word.lower().strip("0123456789")
            if len(bare) > 1 and bare not in _GENERIC and not _RESOLUTION.match(word):
                found.add(bare)
    return tuple(sorted(found))


def category_from_folders(parts: Iterable[str], stem: str) -> str:
    """Return the category of a file: the nearest folder whose name says something, else the words of its own name.

    Example:
        >>> category_from_folders(["models", "fruit"], "apple_02")
        'fruit'
        >>> category_from_folders(["models"], "apple_02")
        'apple'
    """
    for part in reversed(list(parts)):
        if part.lower() not in _GENERIC:
            return part
    words = [word for word in re.split(r"[^A-Za-z]+", stem) if word]
    return "_".join(words).lower() or stem


def attributes_from_name(stem: str) -> dict[str, str]:
    """Return what a file's name says about the object: ``<rank>_of_<suit>`` is a playing card.

    Ranks are ace, 2 to 10 (or two to ten), jack, queen, king; suits are clubs, diamonds, hearts, spades.

    Example:
        >>> attributes_from_name("10_of_clubs")
        {'rank': 'ten', 'suit': 'clubs'}
        >>> attributes_from_name("back")
        {}
    """
    match = _CARD.match(stem)
    if match is None:
        return {}
    rank = match[1].lower()
    return {"rank": _RANKS.get(rank, rank), "suit": match[2].lower()}


_FACE = re.compile(r"(\w+)=([+-])([XYZ])\b")
_AXES = {"X": 0, "Y": 1, "Z": 2}


def states_from_note(note: str) -> tuple[StateDirection, ...]:
    """Return the faces that a note such as ``face value 1=+Y 6=-Y`` lists, as values of the state ``top_face``.

    Directions are in the file's own axes.

    Example:
        >>> states_from_note("16 mm d6; face value 1=+Y 6=-Y")[1]
        StateDirection(state='top_face', value='6', direction_xyz=(0.0, -1.0, 0.0), towards='up')
    """
    _, found, rest = note.partition("face value ")
    if not found:
        return ()
    states = []
    for value, sign, axis in _FACE.findall(rest.split(";")[0]):
        direction = [0.0, 0.0, 0.0]
        direction[_AXES[axis]] = 1.0 if sign == "+" else -1.0
        states.append(StateDirection("top_face", value, (direction[0], direction[1], direction[2])))
    return tuple(states)


def tile_from_tags(tags: Iterable[str]) -> float | None:
    """Return the usual real size of one repeat of a material in metres; None for pictures that are no surface.

    Example:
        >>> tile_from_tags(("asphalt", "track")), tile_from_tags(("card", "playing"))
        (3.0, None)
    """
    words = set(tags)
    for word, tile in _TILES_M.items():
        if word in words:
            return tile
    return 1.0
