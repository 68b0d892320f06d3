"""Uploaded assets: models that open become packs, everything else is refused and leaves nothing."""

from __future__ import annotations

import io
import itertools
import struct
import time
import zipfile
import zlib

import numpy as np
import pytest
import trimesh
from PIL import Image

from synthvision.core.errors import AssetError
from synthvision.core.streams import rng_for
from synthvision.service.jobs.scan_worker import scan
from synthvision.service.jobs.unpacking import safe_name, unpack

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}}}
  objects:
    parts: {pick: %s, count: 1, placement: {kind: on_surface, region: {radius_m: 0.2}}}
  lights: {sun: {kind: sun, illuminance_lux: 20000, elevation_deg: 40}}
  environment: {pick: room, illuminance_lux: 800}
  camera: {kind: shell, fill: 0.8, elevation_deg: 30, fov_deg: 45}
classes:
  - {name: bracket, match: {category: %s}}
assets: {packs: [%s]}
frames: 2
"""


def put(client, name, data, file, **query):
    return client.put(
        f"/api/v1/packs/{name}",
        params={"file": file, **query},
        content=data,
        headers={"Content-Type": "application/octet-stream"},
    )


def box_as(kind):
    return trimesh.creation.box(extents=(0.1, 0.2, 0.3)).export(file_type=kind)


def zipped(**files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            bundle.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return target.getvalue()


def with_entry(name, data=b"x", attributes=0, **changes):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = attributes
        for key, value in changes.items():
            setattr(entry, key, value)
        bundle.writestr(entry, data)
    return target.getvalue()


@pytest.fixture(autouse=True)
def _nothing_is_left_in_staging(client):
    yield
    assert list((client.root / "staging").iterdir()) == []


def refused(client, answer, words, status=422):
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]
    assert str(client.root) not in answer.text
    assert client.get("/api/v1/health").status_code == 200


def test_a_model_becomes_a_pack_that_jobs_name(client):
    made = put(client, "bracket", box_as("glb"), "bracket.glb", category="bracket", licence="CC0-1.0", size_m=0.05)
    assert made.status_code == 201, made.text
    [asset] = made.json()["assets"]
    assert (asset["name"], asset["kind"], asset["category"]) == ("bracket", "model", "bracket")
    assert (asset["triangles"], asset["licence"]) == (12, "CC0-1.0")
    listed = client.get("/api/v1/packs").json()
    assert [pack["name"] for pack in listed["uploaded"]] == ["bracket"]
    assert "builtin" in listed["others"]
    checked = client.post("/api/v1/jobs/check", json={"yaml": JOB % ("bracket", "bracket", "bracket")})
    assert checked.json()["packs"] == ["bracket"]
    refused(client, put(client, "bracket", box_as("glb"), "x.glb"), "there is a pack named", 409)
    assert client.delete("/api/v1/packs/bracket").status_code == 204
    assert client.delete("/api/v1/packs/bracket").status_code == 404
    assert client.post("/api/v1/jobs/check", json={"yaml": JOB % ("x", "x", "bracket")}).status_code == 422


def test_a_pack_in_use_stays(open_client, wait_for, monkeypatch):
    monkeypatch.setenv("FAKE_FRAME_S", "0.3")
    client = open_client()
    put(client, "bracket", box_as("glb"), "bracket.glb")
    job = client.post("/api/v1/jobs", json={"yaml": JOB % ("bracket", "bracket", "bracket"), "frames": 100}).json()
    refused(client, client.delete("/api/v1/packs/bracket"), "stop it first", 409)
    client.post(f"/api/v1/jobs/{job['id']}/stop")
    wait_for(client, job["id"], lambda job: job["state"] == "stopped")
    assert client.delete("/api/v1/packs/bracket").status_code == 204


def test_a_zip_file_of_models_and_textures_becomes_a_pack(client):
    texture = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(texture, "PNG")
    material = "newmtl red\nmap_Kd red.png\n"
    box = "mtllib box.mtl\nusemtl red\n" + box_as("obj").replace("mtllib", "#")
    data = zipped(
        boxes__box_DOT_obj=box, boxes__box_DOT_mtl=material, boxes__red_DOT_png=texture.getvalue(),
        parts__ring_DOT_stl=box_as("stl"), README_DOT_txt="hello",
    )  # fmt: skip
    made = put(client, "kit", data, "kit.zip")
    assert made.status_code == 201, made.text
    assert {asset["name"] for asset in made.json()["assets"]} >= {"boxes/box", "parts/ring"}
    assert client.delete("/api/v1/packs/kit").status_code == 204


@pytest.fixture
def scan_here(tmp_path):
    """Open an upload in this process: what the other process does, without its start."""
    number = itertools.count()

    def run(data: bytes, file: str, **orders: object) -> dict:
        place = tmp_path / f"scan{next(number)}"
        (place / "pack").mkdir(parents=True)
        (place / "upload").write_bytes(data)
        bounds = {"max_bytes": 2**20, "max_files": 100, "max_triangles": 1000, "details": {}, "pack": "x"}
        return scan({"upload": str(place / "upload"), "folder": str(place / "pack"), "file": file, **bounds, **orders})

    return run


@pytest.mark.parametrize("kind", ["glb", "obj", "ply", "stl"])
def test_truncated_and_garbage_models_are_refused(scan_here, kind, tmp_path):
    whole = box_as(kind)
    whole = whole.encode() if isinstance(whole, str) else whole
    noise = rng_for(0, 0, "test.garbage").bytes(4096)
    assert scan_here(whole, f"box.{kind}")["assets"][0]["triangles"] == 12
    for data in (whole[: len(whole) // 5], noise, whole[:80] + noise):
        report = scan_here(data, f"garbage.{kind}")
        assert report["problems"], report
        assert str(tmp_path) not in str(report)


def test_a_million_vertices_of_garbage_are_refused_in_bounded_time(open_client):
    client = open_client(limits={"scan_s": 8})
    count = 1_000_000
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {count}\nproperty float x\nproperty float y\n"
        f"property float z\nelement face {count}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.zeros(count, dtype=[("n", "u1"), ("v", "<i4", 3)])
    faces["n"] = 3
    faces["v"] = rng_for(0, 2, "test.garbage").integers(0, count, (count, 3))
    start = time.monotonic()
    numbers = rng_for(0, 3, "test.garbage").uniform(size=3 * count).astype("<f4")
    answer = put(client, "noise", header.encode() + numbers.tobytes() + faces.tobytes(), "noise.ply")
    assert time.monotonic() - start < 25
    refused(client, answer, "cannot be used")


def test_too_many_triangles_are_refused(open_client):
    client = open_client(limits={"triangles": 11})
    refused(client, put(client, "box", box_as("glb"), "box.glb"), "at most 11 triangles, got 12")


def test_a_model_that_takes_too_much_memory_is_refused(open_client):
    client = open_client(limits={"scan_memory_bytes": 400 * 2**20})
    header = "ply\nformat binary_little_endian 1.0\nelement vertex 49000000\nproperty double x\nend_header\n"
    refused(client, put(client, "big", header.encode() + b"\0" * 4096, "big.ply"), "cannot be used")


def test_zip_bombs_are_refused(client):
    bomb = zipped(bomb_DOT_obj=b"\0" * (300 * 2**20))
    assert len(bomb) < 2**20
    refused(client, put(client, "bomb", bomb, "bomb.zip"), "must unpack to at most")
    # The same, but saying that it is small.
    size = struct.pack("<L", 300 * 2**20)
    assert bomb.count(size) == 2
    liar = bomb.replace(size, struct.pack("<L", 1000))
    refused(client, put(client, "bomb", liar, "bomb.zip"), "the upload cannot be used")


def test_a_picture_bomb_in_a_pack_is_refused(client):
    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">LLBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    picture = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10**6))
        + chunk(b"IEND", b"")
    )
    answer = put(client, "bomb", zipped(photos__x_DOT_png=picture, a_DOT_obj=box_as("obj")), "bomb.zip")
    refused(client, answer, "cannot be used")


@pytest.mark.parametrize(
    "name",
    [
        "../x.obj", "a/../../x.obj", "/etc/x.obj", "a\\..\\x.obj", "C:x.obj", ".hidden.obj", "a/b/c/d/e/f/g/h/i.obj",
        "-rf.obj", "a\nb.obj", "x" * 120 + ".obj",
    ],
)  # fmt: skip
def test_names_that_lead_out_of_a_zip_file_are_refused(scan_here, name, tmp_path):
    assert "relative, plain" in scan_here(with_entry(name), "out.zip")["problems"][0]
    assert [path.name for path in tmp_path.iterdir()] == ["scan0"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_entry("x.obj", b"/etc/passwd", attributes=0o120777 << 16), "no links or devices"),
        (with_entry("x.obj", attributes=0o010777 << 16), "no links or devices"),
        (with_entry("run.sh"), "must hold assets only"),
        (zipped(a_DOT_obj="x", A_DOT_obj="x"), "each name once"),
        (b"PK\x03\x04 no zip file", "whole and readable"),
        (zipped(), "holds no asset"),
        (zipped(a_DOT_obj="x" * 2**21), "must unpack to at most"),
        (zipped(catalog_DOT_yaml="assets: [{name: x, file: ../../service.sqlite3, kind: model}]"), "x"),
        (zipped(catalog_DOT_yaml="assets: [{name: x, file: /etc/passwd, kind: model}]"), "x"),
        (zipped(catalog_DOT_yaml="root: /etc\nassets: [{name: x, file: passwd.obj}]"), "x"),
    ],
)
def test_links_programs_and_other_folders_in_a_zip_file_are_refused(scan_here, data, words):
    report = scan_here(data, "out.zip")
    assert words in report["problems"][0], report


def test_a_gltf_that_refers_elsewhere_is_refused(scan_here):
    text = '{"asset":{"version":"2.0"},"buffers":[{"uri":"%s","byteLength":4}],"meshes":[],"scenes":[{"nodes":[]}]}'
    for uri in ("../../../service.sqlite3", "file:///etc/passwd", "http://127.0.0.1:1/x.bin"):
        assert scan_here((text % uri).encode(), "out.gltf")["problems"]


def test_what_is_refused_leaves_nothing_and_the_next_one_is_taken(client):
    refused(client, put(client, "out", with_entry("../../x.obj"), "out.zip"), "relative, plain")
    refused(client, put(client, "out", b"no model", "out.glb"), "cannot be used")
    assert "out" not in client.service.folders.packs()


@pytest.mark.parametrize(
    ("name", "file", "status"),
    [
        ("builtin", "x.glb", 409),
        ("x", "x.exe", 415),
        ("x", "x", 415),
        ("x", "../x.glb", 422),
        ("x", "a/b.glb", 422),
        ("x", ".glb", 422),
        ("..", "x.glb", 404),
        ("Upper", "x.glb", 422),
        ("a" * 41, "x.glb", 422),
    ],
)
def test_names_are_plain(client, name, file, status):
    assert put(client, name, b"x", file).status_code == status


def test_uploads_are_bounded_by_their_length_and_by_their_bytes(open_client):
    client = open_client(limits={"upload_bytes": 100_000})
    assert put(client, "x", b"x" * 100_001, "x.glb").status_code == 413
    assert put(client, "x", (b"x" * 10_000 for _ in range(20)), "x.glb").status_code == 413
    assert put(client, "x", b"", "x.glb").status_code == 422
    other = client.put(
        "/api/v1/packs/x", params={"file": "x.glb"}, content=b"x", headers={"Content-Type": "text/plain"}
    )
    assert other.status_code == 415


def test_entries_are_counted(tmp_path):
    archive = tmp_path / "many.zip"
    archive.write_bytes(zipped(**{f"a{n}_DOT_txt": "x" for n in range(11)}))
    with pytest.raises(AssetError, match="at most 10 files, got 11"):
        unpack(archive, tmp_path / "out", max_bytes=100, max_files=10)
    assert unpack(archive, tmp_path / "out", max_bytes=100, max_files=11) == 11
    assert safe_name("__MACOSX/._x.obj") is None
