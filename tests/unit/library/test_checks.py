"""What `assets check` finds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from synthvision.library.assets import AssetLibrary
from synthvision.library.checks import check_entries, check_entry
from synthvision.library.indexing import index_folder
from synthvision.library.loading import ModelOptions

BOX = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], "f4")
FACES = [
    0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3,
]  # fmt: skip


def only_report(kit, **changes):
    (entry,) = index_folder(kit.folder, "p").entries
    return check_entry(replace(entry, **changes))


@pytest.fixture
def box(kit):
    def write(indices=FACES, positions=BOX, metallic=0):
        glb = kit.Glb()
        plain = glb.material(name="plain", pbrMetallicRoughness={"metallicFactor": metallic})
        glb.node(mesh=glb.mesh(positions, indices, material=plain))
        return glb.write(kit.folder / "box.glb")

    return write


def test_a_good_model_has_nothing_to_complain_of(kit, box):
    box()
    report = only_report(kit, licence="CC0-1.0")
    assert report.ok
    assert report.warnings == ()
    assert (report.triangles, report.open_edges, report.scale) == (12, 0, 1.0)
    assert report.extent_m == report.file_extent == (1, 1, 1)
    assert json.loads(json.dumps(report.to_json()))["triangles"] == 12


def test_holes_scale_and_licence_are_reported(kit, box):
    box(FACES[3:])
    report = only_report(kit, size_m=0.1, options=ModelOptions(size_m=0.1))
    assert report.open_edges == 3
    assert report.scale == pytest.approx(0.1)
    text = " | ".join(report.warnings)
    for part in ("no licence is stated", "3 edges are open", "1 m long by its own unit and is used at 0.1 m"):
        assert part in text
    assert report.ok


def test_attribution_needs_an_author(kit, box):
    box()
    assert any("asks for attribution" in text for text in only_report(kit, licence="CC-BY-4.0").warnings)
    assert not only_report(kit, licence="CC-BY-4.0", author="Ann").warnings


def test_doubtful_units_and_flat_models(kit, box):
    box(positions=BOX * np.float32([500, 500, 0]))
    text = " | ".join(only_report(kit).warnings)
    assert "longest side is 500 m; state size_m" in text
    assert "it is flat" in text


def test_broken_files_are_errors_not_exceptions(kit, box):
    box().write_bytes(b"nothing")
    report = only_report(kit)
    assert not report.ok
    assert "box.glb" in report.errors[0]


def test_changed_files_are_noticed(kit, box):
    box()
    assert any("changed since" in text for text in only_report(kit, recorded_sha256="0" * 64).warnings)


def test_materials_and_photos(kit):
    kit.picture("textures/a_Color.png", kit.flat(3, size=8))
    kit.picture("textures/a_Normal.png", kit.flat(3, size=4))
    kit.picture("textures/a_Height.png", kit.flat(3, size=4))
    kit.picture("photos/b.png", kit.flat(3, size=6))
    pack = index_folder(kit.folder, "p")
    photo, material = check_entries(pack.entries, AssetLibrary([pack]))
    assert photo.size_px == (6, 6)
    assert material.textures == ("base colour 8x8", "normal 4x4")
    text = " | ".join(material.warnings)
    assert "displacement map a_Height.png is not used" in text
    assert "maps differ in size" in text


def test_exporters_default_metal_is_named(kit, box):
    box(metallic=1)
    assert any("fully metallic and fully rough" in text and "plain" in text for text in only_report(kit).warnings)
