"""Where the files that travel with the package lie: scenes, jobs and assets, in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from synthvision.core.errors import UsageError, nearest_name

__all__ = ["BuiltinKind", "builtin_folder", "builtin_names", "builtin_path"]

BuiltinKind = Literal["scenes", "render_configs", "assets", "scenes/weather", "scenes/cameras"]

_PACKAGE = Path(__file__).resolve().parent.parent
_NOUNS: dict[BuiltinKind, str] = {
    "scenes": "scene",
    "render_configs": "job",
    "assets": "asset file",
    "scenes/weather": "weather preset",
    "scenes/cameras": "camera preset",
}
# Presets are parts of scenes: they lie among them and are none.
_PARTS_OF_SCENES = ("weather/", "cameras/")


def builtin_folder(kind: BuiltinKind) -> Path:
    """Return the folder of the built-in files of one kind.

    Args:
        kind: ``scenes``, ``render_configs``, ``assets``, ``scenes/weather`` or ``scenes/cameras``.

    Raises:
        UsageError: The installation is broken: the folder is neither in the package nor beside it.
    """
    inside = _PACKAGE / "builtin" / kind
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / kind
    # Without this look a folder `scenes` next to the package in site-packages would be taken for ours.
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    raise UsageError(f"the installed package holds no {kind}: install it again (looked for {inside} and {beside})")


def builtin_names(kind: BuiltinKind) -> tuple[str, ...]:
    """Return the sorted names of the built-in YAML files of one kind, without suffix; subfolders with a slash."""
    folder = builtin_folder(kind)
    names = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
    if kind != "scenes":
        return tuple(names)
    return tuple(name for name in names if not name.startswith(_PARTS_OF_SCENES))


def builtin_path(kind: BuiltinKind, name: str) -> Path:
    """Return the file of a built-in scene, job or preset.

    Args:
        kind: ``scenes``, ``render_configs``, ``assets``, ``scenes/weather`` or ``scenes/cameras``.
        name: Its name, with or without ``.yaml``.

    Raises:
        UsageError: There is none of that name; the message has the nearest one and lists what exists.
    """
    names = builtin_names(kind)
    wanted = name.removesuffix(".yaml")
    if wanted not in names:
        near = nearest_name(wanted, names)
        hint = f"; did you mean {near!r}?" if near else ""
        listed = ", ".join(names) or "none"
        raise UsageError(f"there is no built-in {_NOUNS[kind]} named {name!r}{hint} (there are: {listed})")
    return builtin_folder(kind) / f"{wanted}.yaml"
