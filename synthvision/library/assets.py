"""The asset library: the packs of a job, found by name, category and tag, loaded on demand, cached within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError, nearest_name
from synthvision.library.cache import ByteCache, Piece
from synthvision.library.catalogue import AssetKind, CatalogueEntry, Pack, sorted_entries
from synthvision.library.images import TextureReader, decode_photo, photo_files
from synthvision.library.loading import load_model_file
from synthvision.library.map_sun import split_sun
from synthvision.library.materials import load_texture_set
from synthvision.library.model import EnvironmentMap, Material, Model, Texture
from synthvision.library.packs import BUILTIN, find_pack
from synthvision.library.procedural_pack import check_params
from synthvision.library.reference import HOST, AssetRef
from synthvision.library.resources import read_bytes

__all__ = ["AssetLibrary"]

DEFAULT_CACHE_BYTES = 192 * 2**20
MAX_TEXTURE_PX = 1024
MAX_PHOTO_PX = 2048
MAX_ENVIRONMENT_PX = 2048

Loaded = TypeVar("Loaded", Model, Material, EnvironmentMap)


class AssetLibrary:
    """Finds and loads assets. Used by one thread.

    Args:
        packs: The packs, each with another name.
        cache_bytes: Bound on loaded models, materials, environment maps and photos in memory together; textures that
            several of them hold count once.
        max_texture_px: Longer textures are area-averaged to this length on loading.

    Raises:
        AssetError: Two packs have the same name.
    """

    def __init__(
        self, packs: Sequence[Pack], *, cache_bytes: int = DEFAULT_CACHE_BYTES, max_texture_px: int = MAX_TEXTURE_PX
    ) -> None:
        self._packs: dict[str, Pack] = {}
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._by_name: dict[tuple[str, str], CatalogueEntry] = {}
        self._cache = ByteCache(cache_bytes)
        self._max_texture_px = max_texture_px
        for pack in packs:
            self._add(pack)

    @classmethod
    def open(
        cls,
        packs: Sequence[str] = (),
        roots: Sequence[Path | str] = (),
        *,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        max_texture_px: int = MAX_TEXTURE_PX,
    ) -> AssetLibrary:
        """Return the library of the named packs; ``builtin`` is always there.

        Args:
            packs: Names; see `synthvision.library.packs` for where they are looked up.
            roots: Folders that are packs or hold packs, or ``name=folder``; before ``SYNTHVISION_ASSETS``.
            cache_bytes: As for the class.
            max_texture_px: As for the class.

        Raises:
            AssetError: A pack is missing (the message says how to add it) or holds nothing usable.
            ConfigError: A catalogue is broken.
            PluginError: A procedural plugin is broken.
        """
        names = dict.fromkeys([BUILTIN, *packs])
        found = [find_pack(name, roots) for name in names]
        return cls(found, cache_bytes=cache_bytes, max_texture_px=max_texture_px)

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs, in the order they were named."""
        return tuple(self._packs.values())

    @property
    def entries(self) -> tuple[CatalogueEntry, ...]:
        """All entries, sorted by pack and name."""
        return self._entries

    @property
    def cached_bytes(self) -> int:
        """Bytes of what is loaded now."""
        return self._cache.used_bytes

    @property
    def evictions(self) -> int:
        """How often something was dropped from memory to stay within the bound."""
        return self._cache.evictions

    def find(
        self, *, kind: AssetKind, asset: str | None = None, category: str | None = None, tag: str | None = None
    ) -> tuple[CatalogueEntry, ...]:
        """Return the entries that fit everything given, sorted by pack and name.

        Args:
            kind: What loading must give.
            asset: Glob (``*``, ``?``, ``[..]``) on the name or on ``pack/name``; None for any.
            category: Exact category; None for any.
            tag: A tag they must have; None for any.

        Returns:
            At least one entry.

        Raises:
            AssetError: None fits; the nearest name, category or tag is given. Or a file of a match does not exist.
        """
        found = tuple(
            entry
            for entry in self._entries
            if entry.kind == kind
            and (asset is None or fnmatchcase(entry.name, asset) or fnmatchcase(entry.full_name, asset))
            and (category is None or entry.category == category)
            and (tag is None or tag in entry.tags)
        )
        if not found:
            raise AssetError(self._nothing_found(kind, asset, category, tag))
        for entry in found:
            for path in entry.files:
                if not path.is_file():
                    raise AssetError(f"asset {entry.full_name}: its file {path} must exist; restore it or index again")
        return found

    def entry(self, ref: AssetRef | str, *, kind: AssetKind | None = None) -> CatalogueEntry:
        """Return the entry of a reference, of ``pack/name``, or of a name that only one pack has.

        Raises:
            AssetError: There is none (the nearest name is given, of `kind` if that is known), or several packs have it.
        """
        if isinstance(ref, AssetRef):
            found = self._by_name.get((ref.pack, ref.name))
            if found is None:
                self._check_pack(ref.pack)
                raise AssetError(self._unknown_name(f"{ref.pack}/{ref.name}", kind))
            return found
        exact = [entry for entry in self._entries if ref in (entry.full_name, entry.name)]
        if not exact:
            raise AssetError(self._unknown_name(ref, kind))
        if len(exact) > 1:
            listed = ", ".join(entry.full_name for entry in exact)
            raise AssetError(f"asset {ref!r} must be one of {listed}; write pack and name")
        return exact[0]

    def load_model(self, ref: AssetRef) -> Model:
        """Return a model in metres, Z up, its longest side as the catalogue says.

        Raises:
            AssetError: It is missing, broken or no model, or its parameters are wrong.
        """
        entry = self._checked(ref, "model")

        def make() -> tuple[Model, int, Mapping[str, Piece]]:
            if HOST in ref.params and entry.build_on is not None:
                from synthvision.library.decals import build_decal

                model = replace(build_decal(entry, ref, self.load_model), key=ref.key)
                model = replace(model, attributes={**entry.attributes, **model.attributes})
            elif entry.is_procedural:
                model = replace(self._built(entry, ref, Model), key=ref.key)
                model = replace(model, attributes={**entry.attributes, **model.attributes})
            else:
                model = load_model_file(_main(entry), ref.key, entry.options, self._reader(), entry.root)
            return model, _mesh_bytes(model), _pieces(model.materials)

        found: Model = self._cache.get(f"model:{_key(entry, ref)}", make)
        return found

    def load_material(self, ref: AssetRef) -> Material:
        """Return a material made of a texture set, of one picture, or by code.

        Raises:
            AssetError: It is missing, broken or no material, or its parameters are wrong.
        """
        entry = self._checked(ref, "material")

        def make() -> tuple[Material, int, Mapping[str, Piece]]:
            if entry.is_procedural:
                material = self._built(entry, ref, Material)
            else:
                name = entry.name.rpartition("/")[2]
                material = load_texture_set(entry.maps, name, self._reader(), tags=entry.tags, tile_m=entry.tile_m)
            return material, 0, _pieces([material])

        found: Material = self._cache.get(f"material:{_key(entry, ref)}", make)
        return found

    def load_environment(self, ref: AssetRef) -> EnvironmentMap:
        """Return an environment map, at most 2048 pixels wide; a file's without its sun for ``{"sun": "without"}``.

        Raises:
            AssetError: It is missing, broken or no environment map, or its parameters are wrong.
        """
        entry = self._checked(ref, "environment")

        def make() -> tuple[EnvironmentMap, int, Mapping[str, Piece]]:
            if entry.is_procedural:
                built = self._built(entry, ref, EnvironmentMap)
                environment = EnvironmentMap(ref.key, built.radiance_hwc, built.skyline_3w)
            else:
                from synthvision.library.environments import read_environment

                radiance, _ = read_environment(_main(entry), MAX_ENVIRONMENT_PX)
                radiance = split_sun(radiance)[0] if ref.params else radiance
                environment = EnvironmentMap(key=ref.key, radiance_hwc=radiance)
            return environment, environment.radiance_hwc.nbytes, {}

        found: EnvironmentMap = self._cache.get(f"environment:{_key(entry, ref)}", make)
        return found

    def load_photo(self, ref: AssetRef) -> NDArray[np.uint8]:
        """Return a photo, uint8 (height, width, 3), sRGB, upright, its longer side at most 2048 pixels.

        Raises:
            AssetError: It is missing, broken or no photo.
        """
        entry = self._checked(ref, "photo")

        def make() -> tuple[NDArray[np.uint8], int, Mapping[str, Piece]]:
            path = _main(entry)
            pixels = decode_photo(read_bytes(path), str(path), MAX_PHOTO_PX)
            pixels.flags.writeable = False
            return pixels, pixels.nbytes, {}

        found: NDArray[np.uint8] = self._cache.get(f"photo:{_key(entry, ref)}", make)
        return found

    def load(self, ref: AssetRef) -> Model | Material | EnvironmentMap | NDArray[np.uint8]:
        """Return an asset of any kind.

        Raises:
            AssetError: It is missing or broken, or its parameters are wrong.
        """
        match self.entry(ref).kind:
            case "model":
                return self.load_model(ref)
            case "material":
                return self.load_material(ref)
            case "environment":
                return self.load_environment(ref)
            case "photo":
                return self.load_photo(ref)

    def add_photo_folder(self, name: str, folder: Path) -> tuple[CatalogueEntry, ...]:
        """Add the pictures of a folder and of its sub-folders as photos and return their entries; again is harmless.

        Args:
            name: Name of the pack they form; photos are named by their path in the folder, suffix included.
            folder: Where they lie.

        Raises:
            AssetError: The folder is missing or holds no picture, or the name is taken by another pack.
        """
        root = Path(folder).absolute()
        known = self._packs.get(name)
        if known is not None and known.root == root and known.origin == "photos":
            return known.entries
        if not root.is_dir():
            raise AssetError(f"{folder}: a folder of photos must exist")
        entries = [
            CatalogueEntry(
                pack=name, name=path.relative_to(root).as_posix(), kind="photo", category="photo", path=path, root=root
            )
            for path in photo_files(root)
        ]
        if not entries:
            raise AssetError(f"{folder}: a folder of photos must hold pictures (.jpg, .png, ...), got none")
        pack = Pack(name=name, root=root, entries=sorted_entries(entries, name), origin="photos")
        self._add(pack)
        return pack.entries

    def verify(self, entries: Iterable[CatalogueEntry]) -> None:
        """Open every entry once, so that broken files are known before the first frame.

        Procedural entries are built with their default parameters.

        Raises:
            AssetError: Some cannot be opened; every one is listed, one a line.
        """
        faults: list[str] = []
        for entry in entries:
            try:
                self.load(entry.reference())
            except AssetError as error:
                faults.append(str(error))
        if faults:
            raise AssetError("\n".join(faults))

    def clear_cache(self) -> None:
        """Forget everything that is loaded."""
        self._cache.clear()

    def _add(self, pack: Pack) -> None:
        if pack.name in self._packs:
            raise AssetError(f"packs must have different names, but {pack.name!r} is given twice")
        self._packs[pack.name] = pack
        self._by_name.update({(entry.pack, entry.name): entry for entry in pack.entries})
        self._entries = tuple(sorted(self._by_name.values(), key=lambda entry: (entry.pack, entry.name)))

    def _checked(self, ref: AssetRef, kind: AssetKind) -> CatalogueEntry:
        entry = self.entry(ref, kind=kind)
        if entry.kind != kind:
            raise AssetError(f"asset {entry.full_name} must be of kind {kind}, it is of kind {entry.kind}")
        may_have = {"sun": "without"} if kind == "environment" else {}
        if not entry.is_procedural and ref.params and ref.params != may_have:
            raise AssetError(f"asset {entry.full_name} is a file and takes no parameters, got {', '.join(ref.params)}")
        return entry

    def _built(self, entry: CatalogueEntry, ref: AssetRef, expected: type[Loaded]) -> Loaded:
        check_params(entry, ref.params)
        if entry.build is None:
            raise AssetError(f"asset {entry.full_name} is no procedural asset")
        built = entry.build(dict(ref.params))
        if not isinstance(built, expected):
            raise AssetError(f"asset {entry.full_name}: its builder must return a {expected.__name__}, got "
                             f"{type(built).__name__}")  # fmt: skip
        return built

    def _reader(self) -> TextureReader:
        return TextureReader(self._max_texture_px, self._cache.piece)

    def _check_pack(self, name: str) -> None:
        if name not in self._packs:
            raise AssetError(
                f"pack {name!r} is not open (open: {', '.join(self._packs)}); add it to the job's assets.packs"
            )

    def _unknown_name(self, name: str, kind: AssetKind | None) -> str:
        near = _nearest_entry(name, (entry for entry in self._entries if kind in (None, entry.kind)))
        hint = f"; did you mean {near!r}?" if near else ""
        return f"there is no {kind or 'asset'} named {name!r}{hint} (packs: {', '.join(self._packs)})"

    def _nothing_found(self, kind: AssetKind, asset: str | None, category: str | None, tag: str | None) -> str:
        same_kind = [entry for entry in self._entries if entry.kind == kind]
        wanted = [
            f"{key} {value!r}" for key, value in (("asset", asset), ("category", category), ("tag", tag)) if value
        ]
        hints = [
            _nearest_entry(asset, same_kind) if asset else None,
            nearest_name(category, {entry.category for entry in same_kind}) if category else None,
            nearest_name(tag, {word for entry in same_kind for word in entry.tags}) if tag else None,
        ]
        near = ", ".join(repr(hint) for hint in hints if hint and hint not in (asset, category, tag))
        hint = f"; did you mean {near}?" if near else ""
        return f"there is no {kind} with {' and '.join(wanted) or 'any name'}{hint} (packs: {', '.join(self._packs)})"


def _nearest_entry(name: str, entries: Iterable[CatalogueEntry]) -> str | None:
    """Return the name nearest in spelling, comparing whole names and last parts."""
    shown: dict[str, str] = {}
    for entry in entries:
        for text in (entry.name.rpartition("/")[2], entry.name, entry.full_name):
            shown.setdefault(text, entry.name)
    near = nearest_name(name, shown) or nearest_name(name.rpartition("/")[2], shown)
    return shown[near] if near else None


def _key(entry: CatalogueEntry, ref: AssetRef) -> str:
    try:
        return ref.key
    except (ValueError, TypeError) as error:  # NaN, or an object that JSON does not know
        check_params(entry, ref.params)
        raise AssetError(f"asset {entry.full_name}: parameters must be JSON values, got {dict(ref.params)}") from error


def _main(entry: CatalogueEntry) -> Path:
    if entry.path is None:
        raise AssetError(f"asset {entry.full_name} has no file")
    return entry.path


def _mesh_bytes(model: Model) -> int:
    arrays = [
        array
        for part in model.parts
        for array in (part.positions_n3, part.normals_n3, part.triangles_m3, part.uvs_n2, part.colours_n4)
    ]
    return sum(array.nbytes for array in arrays if array is not None)


def _pieces(materials: Iterable[Material]) -> dict[str, Piece]:
    textures: list[Texture | None] = []
    for material in materials:
        textures += [
            material.base_colour_map, material.metallic_roughness_map, material.normal_map, material.occlusion_map,
            material.emissive_map,
        ]  # fmt: skip
    return {texture.key: Piece(texture, texture.pixels_hwc.nbytes) for texture in textures if texture is not None}
