"""Where packs are found: the job's roots, ``SYNTHVISION_ASSETS``, registered folders, plugins.

A root, in a job's ``assets.roots`` or in ``SYNTHVISION_ASSETS`` (several are separated as in ``PATH``), is

* ``name=folder``: the folder is the pack of that name;
* a folder: it is a pack of its own name where it holds ``catalog.yaml`` or ``ASSETS.csv``, or has no sub-folder that
  does; each of its sub-folders is a pack of its name as well. A folder called ``assets`` says little and therefore
  also goes by the name of the folder it lies in: ``SYNTHVISION_ASSETS=/data/shared/assets`` offers ``shared``.

The first place that has a name wins: the job's roots, then the environment, then what ``synthvision assets add``
registered in the user's data folder. Inside one place two folders of the same name are an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthvision.core.errors import AssetError, nearest_name
from synthvision.core.registry import plugin_names
from synthvision.library.catalogue import CatalogueEntry, Pack
from synthvision.library.catalogue_file import catalogue_data, read_catalogue, write_json_atomic
from synthvision.library.indexing import index_folder, is_pack_folder
from synthvision.library.procedural_pack import procedural_pack

__all__ = [
    "BUILTIN",
    "ENVIRONMENT_VARIABLE",
    "available_packs",
    "find_pack",
    "list_entries",
    "register_pack",
    "unregister_pack",
    "user_folder",
]

BUILTIN = "builtin"
ENVIRONMENT_VARIABLE = "SYNTHVISION_ASSETS"

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder that may be asked for by a name; `named` by the user, `marked` by a catalogue in it."""

    folder: Path
    origin: str
    rank: int


def user_folder() -> Path:
    """Return the folder of registered packs' catalogues.

    ``$SYNTHVISION_HOME``, else ``$XDG_DATA_HOME/synthvision``, else ``~/.local/share/synthvision``; it need not exist.
    """
    home = os.environ.get("SYNTHVISION_HOME")
    if home:
        return Path(home)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "synthvision"


def find_pack(name: str, roots: Sequence[Path | str] = ()) -> Pack:
    """Return the pack of a name.

    Args:
        name: ``builtin``, a pack's name, or a procedural plugin's.
        roots: The job's roots; see the module's text.

    Raises:
        AssetError: There is none; the message lists what there is and says how to add one.
        ConfigError: Its catalogue is broken.
        PluginError: A procedural plugin is broken.
    """
    if name == BUILTIN or name in plugin_names("procedural"):
        return procedural_pack(name)
    for places in (_job_places(roots), _environment_places()):
        place = _chosen(name, places)
        if place is not None:
            return index_folder(place.folder, name, place.origin)
    catalogue = _catalogue_path(name)
    if catalogue is not None and catalogue.is_file():
        return read_catalogue(catalogue, name=name, origin="registered")
    raise AssetError(_missing_message(name, roots))


def available_packs(roots: Sequence[Path | str] = ()) -> Mapping[str, str]:
    """Return the names that `find_pack` knows, sorted, each with where it is found.

    Raises:
        AssetError: A root is not a folder.
    """
    found: dict[str, str] = {name: "built in" if name == BUILTIN else "plugin" for name in plugin_names("procedural")}
    found.setdefault(BUILTIN, "built in")
    for places in (_job_places(roots), _environment_places()):
        for name, options in places.items():
            if min(place.rank for place in options) < _PLAIN_FOLDER:
                found.setdefault(name, f"{options[0].origin}: {options[0].folder}")
    for path in _registered_catalogues():
        found.setdefault(path.stem, f"registered: {path}")
    return dict(sorted(found.items()))


def list_entries(names: Sequence[str] | None = None, roots: Sequence[Path | str] = ()) -> tuple[CatalogueEntry, ...]:
    """Return the entries of packs, sorted by pack and name.

    Args:
        names: Packs; None for all that `available_packs` knows.
        roots: The job's roots.

    Raises:
        AssetError: A pack is missing or holds nothing usable.
    """
    wanted = available_packs(roots) if names is None else dict.fromkeys(names)
    return tuple(entry for name in sorted(wanted) for entry in find_pack(name, roots).entries)


def register_pack(pack: Pack, *, replace: bool = False) -> Path:
    """Write a pack's catalogue, with the hash of every file, to the user's data folder and return its path.

    The pack's own folder is not touched, so it may be read-only. From now on jobs can name the pack.

    Args:
        pack: What `index_folder` returned.
        replace: Overwrite the registration of another folder under the same name.

    Raises:
        AssetError: The name is taken or not usable (letters, digits, dot, dash and underscore), or a file cannot be
            read or written.
    """
    path = _catalogue_path(pack.name)
    if path is None or pack.name in {BUILTIN, *plugin_names("procedural")}:
        raise AssetError(f"a pack's name must be letters, digits, '.', '-' or '_' and not that of a built-in pack, got "
                         f"{pack.name!r}; give another with --name")  # fmt: skip
    if path.is_file() and not replace:
        other = read_catalogue(path).root
        if other != pack.root:
            raise AssetError(f"a pack named {pack.name!r} is registered for {other}; give another name with --name")
    write_json_atomic(path, catalogue_data(pack))
    return path


def unregister_pack(name: str) -> Path:
    """Remove a pack's catalogue from the user's data folder and return the path it had.

    The assets themselves are not touched.

    Args:
        name: A name that `register_pack` wrote.

    Raises:
        AssetError: No pack of that name is registered; where it is found elsewhere the message says so. Or its
            catalogue cannot be removed.
    """
    path = _catalogue_path(name)
    if path is None or not path.is_file():
        raise AssetError(_not_registered_message(name))
    try:
        path.unlink()
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror}") from error
    return path


def _not_registered_message(name: str) -> str:
    elsewhere = available_packs().get(name)
    if elsewhere is not None:
        return f"a pack that is removed must be one that was added; {name!r} is none, it is {elsewhere}"
    registered = [path.stem for path in _registered_catalogues()]
    near = nearest_name(name, registered)
    hint = f"; did you mean {near!r}?" if near else ""
    return f"no pack named {name!r} was added{hint} (added: {', '.join(registered) or 'none'})"


def _registered_catalogues() -> list[Path]:
    return sorted((user_folder() / "packs").glob("*.json"))


def _catalogue_path(name: str) -> Path | None:
    return user_folder() / "packs" / f"{name}.json" if _NAME.match(name) else None


_GIVEN, _MARKED, _ITSELF, _PLAIN_FOLDER = range(4)


def _job_places(roots: Sequence[Path | str]) -> dict[str, list[_Place]]:
    places: dict[str, list[_Place]] = {}
    for root in roots:
        _add_root(places, str(root), "job")
    return places


def _environment_places() -> dict[str, list[_Place]]:
    places: dict[str, list[_Place]] = {}
    for root in os.environ.get(ENVIRONMENT_VARIABLE, "").split(os.pathsep):
        if root.strip():
            _add_root(places, root.strip(), ENVIRONMENT_VARIABLE)
    return places


def _add_root(places: dict[str, list[_Place]], text: str, origin: str) -> None:
    given, folder = _split_root(text)
    if not folder.is_dir():
        raise AssetError(f"{origin}: an asset root must be an existing folder, got {text!r}")
    if given is not None:
        places.setdefault(given, []).append(_Place(folder, origin, _GIVEN))
        return
    subfolders = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    marked = [path for path in subfolders if is_pack_folder(path)]
    own_names = [folder.name, *([folder.parent.name] if folder.name.lower() == "assets" else [])]
    is_pack = is_pack_folder(folder)
    for name in own_names:
        rank = _MARKED if is_pack else _ITSELF if not marked else _PLAIN_FOLDER
        places.setdefault(name, []).append(_Place(folder, origin, rank))
    for path in subfolders:
        rank = _MARKED if path in marked else _PLAIN_FOLDER
        places.setdefault(path.name, []).append(_Place(path, origin, rank))


def _split_root(text: str) -> tuple[str | None, Path]:
    """Return the name and the folder of ``name=folder``; the job's loader may have put a folder before the name."""
    plain = Path(os.path.abspath(Path(text).expanduser()))
    if "=" not in text or plain.is_dir():
        return None, plain
    before, _, after = text.partition("=")
    base, name = os.path.split(before)
    folder = Path(after).expanduser()
    return name, Path(os.path.abspath(folder if folder.is_absolute() or not base else Path(base) / folder))


def _chosen(name: str, places: Mapping[str, list[_Place]]) -> _Place | None:
    options = places.get(name, [])
    if not options:
        return None
    best = min(place.rank for place in options)
    folders = {place.folder: place for place in options if place.rank == best}
    if len(folders) > 1:
        listed = ", ".join(str(folder) for folder in folders)
        origin = options[0].origin
        raise AssetError(f"{origin}: pack {name!r} must be one folder, got {listed}; name one as {name}=FOLDER")
    return next(iter(folders.values()))


def _missing_message(name: str, roots: Sequence[Path | str]) -> str:
    there = available_packs(roots)
    near = nearest_name(name, there)
    hint = f"; did you mean {near!r}?" if near else ""
    return (
        f"there is no asset pack named {name!r}{hint} (there are: {', '.join(there)}). To add a folder as this pack: "
        f"synthvision assets add FOLDER --name {name}, or set {ENVIRONMENT_VARIABLE}={name}=FOLDER"
    )
