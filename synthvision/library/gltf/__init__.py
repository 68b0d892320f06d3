"""A reader of glTF 2.0 and GLB files.

Written here rather than taken from trimesh, whose reader leaves out texture transforms, the wrap modes of samplers,
skins, morph targets, occlusion strength, clearcoat and more without a word. This one either honours what a file holds
or names it in a warning, checks every length before it reads, and needs numpy alone.
"""

from synthvision.library.gltf.reader import read_gltf

__all__ = ["read_gltf"]
