"""Which glTF extensions are honoured, which are named in a warning, and which stop the import."""

from __future__ import annotations

from synthvision.library.gltf.document import GltfDocument

__all__ = ["check_extensions"]

HONOURED = frozenset(
    {
        "EXT_texture_webp",
        "KHR_materials_clearcoat",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_pbrSpecularGlossiness",
        "KHR_mesh_quantization",
        "KHR_texture_transform",
    }
)
"""Read in full, or with a warning for the part that is not."""

APPROXIMATED = {
    "EXT_mesh_gpu_instancing": "copies of a mesh are left out; only the first is there",
    "KHR_animation_pointer": "animations are left out",
    "KHR_lights_punctual": "lights in the file are left out; lights belong to the scene",
    "KHR_materials_anisotropy": "brushed highlights are drawn round",
    "KHR_materials_diffuse_transmission": "light does not pass through; the surface is drawn opaque",
    "KHR_materials_dispersion": "colours are not split",
    "KHR_materials_iridescence": "colours do not change with the angle",
    "KHR_materials_sheen": "the sheen of cloth is left out",
    "KHR_materials_specular": "the strength and colour of reflections follow the index of refraction alone",
    "KHR_materials_subsurface": "light does not scatter below the surface",
    "KHR_materials_transmission": "glass is drawn as a thin wall and does not bend light",
    "KHR_materials_unlit": "the surface is lit like any other",
    "KHR_materials_variants": "only the default variant is there",
    "KHR_materials_volume": "light is not absorbed inside",
    "KHR_node_visibility": "hidden nodes are shown",
    "KHR_xmp_json_ld": "embedded metadata is left out",
    "KHR_xmp": "embedded metadata is left out",
}
"""Known and not drawn in full: what a person sees instead."""

COMPRESSED = {
    "KHR_draco_mesh_compression": "Draco compression",
    "EXT_meshopt_compression": "meshopt compression",
    "KHR_meshopt_compression": "meshopt compression",
    "KHR_texture_basisu": "KTX2 textures",
    "KHR_gaussian_splatting": "splats instead of triangles",
}
"""Cannot be read: an error where the file requires them."""


def check_extensions(document: GltfDocument) -> None:
    """Warn of each extension that is not honoured in full.

    Raises:
        AssetError: The file requires one that is unknown or cannot be read.
    """
    required = _names(document, "extensionsRequired")
    for name in sorted(required):
        if name in COMPRESSED:
            raise document.fault(f"{COMPRESSED[name]} ({name}) cannot be read; save the file without it")
        if name not in HONOURED and name not in APPROXIMATED:
            raise document.fault(f"requires the extension {name}, which is unknown; save the file without it")
    for name in sorted(_names(document, "extensionsUsed") | required):
        if name in APPROXIMATED:
            document.warn(f"{name}: {APPROXIMATED[name]}")
        elif name in COMPRESSED:
            document.warn(f"{name}: {COMPRESSED[name]} cannot be read; the file's plain copy is used")
        elif name not in HONOURED:
            document.warn(f"{name}: this extension is unknown and left out")


def _names(document: GltfDocument, key: str) -> set[str]:
    found = document.content.get(key, [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise document.fault(f"{key} must be an array of names")
    return set(found)
