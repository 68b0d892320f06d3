"""The scene of `synthvision bench` in pyrender: the picture with shadows, then its segmentation pass, nothing written.

pyrender 0.1.45 is the raster renderer that most Python label generators stand on. It gets the same meshes, textures and
camera, less work (no antialiasing of supersampling quality, no environment light, no amodal masks, no files), and runs
in turn with ours, so that a noisy machine is unfair to both alike.

    pip install 'synthvision[pyrender]'
    python benchmarks/pyrender_loop.py --frames 24 --rounds 3 --json benchmarks/results/pyrender_ratio.json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=24, help="frames per round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--workers", type=int, default=2, help="processes of ours; pyrender gets as many")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        return _pyrender_child(arguments.child)

    ours, theirs = [], []
    for _ in range(arguments.rounds):
        ours.append(_ours(arguments.frames, arguments.workers))
        theirs.append(_theirs(arguments.frames, arguments.workers))
        print(f"synthvision {ours[-1]:6.2f} images/s   pyrender {theirs[-1]:6.2f} images/s", file=sys.stderr)
    figures = {
        "synthvision_images_per_second": statistics.median(ours),
        "pyrender_images_per_second": statistics.median(theirs),
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "frames": arguments.frames,
        "rounds": arguments.rounds,
        "workers": arguments.workers,
    }
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return 0


def _ours(frames: int, workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "bench.json"
        command = [sys.executable, "-m", "synthvision", "bench", "--frames", str(frames), "--rounds", "1"]
        command += ["--workers", str(workers), "--json", str(report)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return float(json.loads(report.read_text())["images_per_second"])


def _theirs(frames: int, workers: int) -> float:
    # One process each with its share of frames and one driver thread, as ours; the slowest decides.
    environment = os.environ | {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYOPENGL_PLATFORM": "egl"}
    command = [sys.executable, __file__, "--child", str(frames // workers)]
    children = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    seconds = [float(child.communicate()[0]) for child in children]
    if any(child.returncode for child in children):
        raise SystemExit("the pyrender loop failed")
    return (frames // workers) * workers / max(seconds)


def _pyrender_child(frames: int) -> int:
    np.infty = np.inf  # noqa: NPY201 - pyrender 0.1.45 uses a name that numpy 2 removed
    import pyrender
    import trimesh

    from synthvision.library.assets import AssetLibrary
    from synthvision.pipeline.bench import bench_scene

    library = AssetLibrary.open([])
    source = bench_scene(library)
    scene = pyrender.Scene(ambient_light=[0.3, 0.3, 0.3])
    nodes = {}
    for item in source.objects:
        model = library.load_model(item.asset)
        primitives = []
        for part in model.parts:
            material = model.materials[part.material]
            texture = None
            if material.base_colour_map is not None and part.uvs_n2 is not None:
                pixels = material.base_colour_map.pixels_hwc
                texture = pyrender.Texture(source=pixels[..., :3].copy(), source_channels="RGB")
            primitives.append(
                pyrender.Primitive(
                    positions=part.positions_n3,
                    normals=part.normals_n3,
                    texcoord_0=part.uvs_n2,
                    indices=part.triangles_m3,
                    material=pyrender.MetallicRoughnessMaterial(
                        baseColorFactor=material.base_colour,
                        baseColorTexture=texture,
                        metallicFactor=material.metallic,
                        roughnessFactor=material.roughness,
                    ),
                )
            )
        node = scene.add(pyrender.Mesh(primitives), pose=item.world_from_model)
        nodes[node] = (item.instance_id & 255, item.instance_id >> 8, 0)
    camera = source.camera
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    scene.add(
        pyrender.IntrinsicsCamera(*camera.focal_xy_px, *camera.centre_xy_px, znear=camera.near_m, zfar=camera.far_m),
        pose=camera.world_from_camera @ flip,
    )
    sun = trimesh.geometry.align_vectors([0, 0, 1], source.lights[0].direction_xyz)
    scene.add(pyrender.DirectionalLight(intensity=3.0), pose=sun)
    renderer = pyrender.OffscreenRenderer(*camera.size_wh)
    shadows = pyrender.RenderFlags.SHADOWS_DIRECTIONAL

    def draw() -> None:
        renderer.render(scene, flags=shadows)
        renderer.render(scene, flags=pyrender.RenderFlags.SEG, seg_node_map=nodes)

    draw()
    start = time.perf_counter()
    for _ in range(frames):
        draw()
    print(time.perf_counter() - start)
    renderer.delete()
    return 0


if __name__ == "__main__":
    sys.exit(main())
