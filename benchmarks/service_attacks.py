"""Attacks on `synthvision serve`: malformed requests, bombs, paths that lead out, bodies and meshes far too large.

python benchmarks/service_attacks.py [--requests 1000] [--yaml-mb 500] [--vertices 1000000] [--json FILE]

The service runs as people start it, in a process of its own. Everything must be refused with a status of 400 to 499
(or by closing the connection, where what came is no HTTP); the service must live, stay small, and have written nothing
outside its folder and nothing but its database inside. Exit code 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import itertools
import json
import os
import re
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from synthvision.core.streams import rng_for

TOKEN = "0123456789-attack-token"
#: The service keeps bodies of at most a megabyte, a database, and one uploaded block at a time.
MAX_SERVICE_MIB = 300
#: No process that opens or checks what came may be larger than its address space allows.
MAX_CHILD_MIB = 3072
OUTSIDE = ("../../../../etc/passwd", "..%2f..%2fsecret", "%2e%2e/%2e%2e/secret", "..\\..\\secret", "/etc/passwd",
           "....//secret", "..%00/secret", "%252e%252e%252fsecret", "file:///etc/passwd",
           "~root/.ssh/id_rsa")  # fmt: skip


class Service:
    """The service, started as people start it."""

    def __init__(self, parent: Path) -> None:
        self.root = parent / "service"
        command = [sys.executable, "-m", "synthvision", "serve", "--root", str(self.root), "--port", "0"]
        self.process = subprocess.Popen(
            command, env={**os.environ, "SYNTHVISION_TOKEN": TOKEN}, stderr=subprocess.PIPE, text=True, cwd=parent
        )
        line = self.process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if match is None:
            raise SystemExit(f"the service did not start: {line}{self.process.stderr.read()}")
        self.port = int(match[1])
        # Nobody reads on: a pipe that fills must not stop it.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    def send(self, data: bytes | Iterator[bytes], timeout_s: float = 150) -> int:
        """Send bytes and return the status of the answer, 0 where the connection was closed without one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            try:
                for block in [data] if isinstance(data, bytes) else data:
                    connection.sendall(block)
            except OSError:
                pass  # refused before all was sent; the answer may be there
            try:
                answer = connection.recv(4096)
            except OSError:
                return 0
        match = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
        return int(match[1]) if match else 0

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "application/json", **headers: str) -> int:
        """Send a request that is at least HTTP and return the status of the answer."""
        lines = {
            "Host": "127.0.0.1", "Authorization": f"Bearer {TOKEN}", "Content-Type": kind,
            "Content-Length": str(len(body)), "Connection": "close",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return self.send(head.encode("utf-8", "surrogateescape") + b"\r\n" + body)

    @property
    def peak_mib(self) -> float:
        """Most memory that the service itself has held."""
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def end(self) -> None:
        """Tell the service to end, and wait for it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.drain.wait(10)
        self.process.stderr.close()


def malformed(service: Service, count: int) -> Counter[str]:
    """Requests of which each is wrong in one way, drawn at random from all ways that are known here."""
    rng = rng_for(0, 0, "attacks.malformed")
    ways = [
        _not_http,
        _wrong_caller,
        _path_outside,
        _broken_json,
        _broken_yaml,
        _wrong_values,
        _wrong_type,
        _wrong_query,
    ]
    return Counter(_outcome(ways[int(rng.integers(len(ways)))](service, rng)) for _ in range(count))


def _pick(rng: np.random.Generator, options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def _not_http(service: Service, rng: np.random.Generator) -> int:
    noise = bytes(rng.integers(0, 256, int(rng.integers(1, 3000)), dtype=np.uint8))
    # What is not finished is waited for by the service, and not by us.
    return service.send(
        timeout_s=1,
        data=_pick(
            rng,
            [
                noise,
                b"\x16\x03\x01" + noise,
                b"GET / HTTP/x.y\r\nHost: 127.0.0.1\r\n\r\n",
                b"GET  /  HTTP/1.1\r\n\r\n",
                b"GET /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\n\r\n",
                b"GET /api/v1/jobs HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
                b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
            ],
        ),
    )


def _wrong_caller(service: Service, rng: np.random.Generator) -> int:
    headers = _pick(
        rng,
        [
            {"Authorization": ""}, {"Authorization": "Bearer " + "x" * int(rng.integers(1, 5000))},
            {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Host": "evil.example"},
            {"Host": "127.0.0.1.evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"},
        ],
    )  # fmt: skip
    return service.request("POST", "/api/v1/jobs", b'{"builtin": "quickstart"}', **headers)


def _path_outside(service: Service, rng: np.random.Generator) -> int:
    outside = _pick(rng, OUTSIDE)
    raw = quote(outside, safe="/%.:~")
    path = _pick(
        rng,
        [
            f"/{raw}", f"/api/v1/jobs/{raw}", f"/api/v1/jobs/{raw}/log", f"/api/v1/jobs/{raw}/config",
            f"/api/v1/jobs/000000000000/pictures/{raw}", f"/api/v1/builtin-jobs/{raw}", f"/api/v1/downloads/{raw}",
            f"/style.css/{raw}",
        ],
    )  # fmt: skip
    return service.request("GET", path)


def _broken_json(service: Service, rng: np.random.Generator) -> int:
    depth = int(rng.integers(60, 100_000))
    body = _pick(
        rng,
        [
            b"", b"{", b"null", b"[]", b'{"yaml": }', b"\xff\xfe\x00", b'{"yaml": "\\ud800"}', b'{"job": {"a": 1e999}}',
            b'{"job": {"a": NaN}}', b'{"job": {"frames": ' + b"9" * 5000 + b"}}", b"[" * depth, b'{"a":' * depth,
            b'{"job":' + b'{"a":' * 200 + b"1" + b"}" * 201, b'{"job": {"scene": "\\u0000"}}',
        ],
    )  # fmt: skip
    return service.request("POST", _pick(rng, ["/api/v1/jobs", "/api/v1/jobs/check"]), body)


def _broken_yaml(service: Service, rng: np.random.Generator) -> int:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))
    noise = "".join(chr(code) for code in rng.integers(32, 0x2000, 500))
    outside = _pick(rng, OUTSIDE)
    classes = "classes: [{name: mug, match: {category: mug}}]\n"
    body = _pick(
        rng,
        [
            bomb, "[" * 5000, "- " * 5000, "a: " * 2000, noise, "&a [*a]", "? " * 3000, "---\n---\n", "%YAML 9.9\n",
            "!!python/object/apply:os.system ['touch /tmp/owned']", "scene: !!python/name:os.system", "{" * 3000,
            f"{classes}scene: '{outside}.yaml'\n", f"{classes}scene: {{file: '{outside}.yaml'}}\n",
            f"{classes}scene: {{extends: '{outside}.yaml'}}\n", f"{classes}scene: tabletop\nplan: '{outside}'\n",
            f"{classes}scene: tabletop\nassets: {{roots: ['{outside}']}}\n",
            f"{classes}scene: tabletop\nout: '{outside}'\n",
            f"{classes}scene: tabletop\nassets: {{packs: ['{outside}']}}\n", f"{classes}scene: '{outside}'\n",
            f"{classes}scene: {{surface: {{pick: '{outside}', size_m: [1, 1]}}}}\n", "x: " + "9" * 900_000,
            "\n".join(f"k{n}: 1" for n in range(60_000)),
        ],
    )  # fmt: skip
    path = _pick(rng, ["/api/v1/jobs", "/api/v1/jobs/check", "/api/v1/jobs?name=x"])
    return service.request("POST", path, body.encode("utf-8", "replace"), kind="application/yaml")


def _wrong_values(service: Service, rng: np.random.Generator) -> int:
    outside = _pick(rng, OUTSIDE)
    data = _pick(
        rng,
        [
            {"builtin": outside}, {"builtin": "quickstart", "out": outside}, {"builtin": "quickstart", "frames": -1},
            {"builtin": "quickstart", "set": {"scene": f"{outside}.yaml"}}, {"builtin": "quickstart", "yaml": "x"},
            {"builtin": "quickstart", "set": {"plan": outside}}, {"builtin": "quickstart", "frames": "many"},
            {"builtin": "quickstart", "set": {"assets.roots": [outside]}}, {"builtin": "quickstart", "seed": 2**70},
            {"builtin": "quickstart", "set": {"scene.extends": f"{outside}.yml"}}, {"builtin": ["quickstart"]},
            {"builtin": "quickstart", "set": {outside: 1}}, {"builtin": "quickstart", "name": ""},
            {"job": {"scene": 3}},
            {"builtin": "quickstart", "set": {"a": "x" * 100_000}}, {"builtin": "quickstart", "set": {"--out=/x": 1}},
        ],
    )  # fmt: skip
    return service.request("POST", "/api/v1/jobs", json.dumps(data).encode())


def _wrong_type(service: Service, rng: np.random.Generator) -> int:
    kind = _pick(rng, ["text/plain", "multipart/form-data", "application/xml", "", "application/json5", "image/png"])
    if rng.random() < 0.5:
        return service.request("POST", "/api/v1/jobs", b'{"builtin": "quickstart"}', kind=kind)
    name = quote(_pick(rng, ["..", "A", "a b", "x" * 50, "%00", *OUTSIDE]), safe="%")
    file = quote(_pick(rng, ["x.exe", "x", ".glb", "a/b.glb", "../x.glb", "x.glb\n", "x.tar", *OUTSIDE]), safe="")
    return service.request("PUT", f"/api/v1/packs/{name}?file={file}", b"x", kind="application/octet-stream")


def _wrong_query(service: Service, rng: np.random.Generator) -> int:
    path = _pick(
        rng,
        [
            "/api/v1/jobs?limit=0", "/api/v1/jobs?limit=999999", "/api/v1/jobs?state=dead", "/api/v1/jobs?before=x",
            "/api/v1/events?seconds=-1", "/api/v1/events?seconds=nan", "/api/v1/jobs/000000000000",
            "/api/v1/jobs/000000000000/log?bytes=-1", "/api/v1/jobs/000000000000/pictures/-1",
            "/api/v1/jobs/000000000000/pictures/1?width=100000", "/api/v1/jobs/000000000000/archive?format=rar",
            "/api/v1/nothing", "/docs", "/redoc", "/openapi.json", "/.git/config", "/page/index.html",
        ],
    )  # fmt: skip
    return service.request(_pick(rng, ["GET", "GET", "GET", "PATCH", "TRACE", "CONNECT", "BREW"]), path)


def zip_bombs(service: Service, every: int) -> Counter[str]:
    """Files that unpack to far more than they are, lie about it, or lead elsewhere."""
    found: Counter[str] = Counter()
    turn = itertools.count()

    def put(data: bytes) -> None:
        if next(turn) % every:
            return
        status = service.request("PUT", "/api/v1/packs/bomb?file=bomb.zip", data, kind="application/octet-stream")
        found[_outcome(status)] += 1

    def packed(name: str, data: bytes, attributes: int = 0) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = attributes << 16
            bundle.writestr(entry, data)
        return target.getvalue()

    size = 300 * 2**20
    bomb = packed("bomb.obj", b"\0" * size)
    put(bomb)
    put(bomb.replace(struct.pack("<L", size), struct.pack("<L", 100)))
    put(packed("inner.zip", bomb))
    for name in ("../x.obj", "a/../../../x.obj", "/tmp/x.obj", "..\\x.obj", "C:\\x.obj", "x\0.obj", ".x.obj"):
        put(packed(name, b"x"))
    put(packed("x.obj", b"/etc/passwd", stat.S_IFLNK | 0o777))
    put(packed("x.obj", b"", stat.S_IFIFO | 0o777))
    put(packed("catalog.yaml", b"root: /etc\nassets: [{name: x, file: ../../../etc/passwd, kind: model}]\n"))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as bundle:
        for number in range(20_000):
            bundle.writestr(f"{number}.txt", b"")
    put(target.getvalue())
    put(bomb[: len(bomb) // 2])
    put(b"PK\x05\x06" + b"\xff" * 18)
    return found


def large_yaml(service: Service, megabytes: int) -> Counter[str]:
    """A job far too large: with its length told, and in chunks without it."""
    block = b"# " + b"x" * 65_533 + b"\n"
    count = megabytes * 10**6 // len(block)
    head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    head += b"Content-Type: application/yaml\r\n"

    def told() -> Iterator[bytes]:
        yield head + f"Content-Length: {count * len(block)}\r\n\r\n".encode()
        for _ in range(count):
            yield block

    def in_chunks() -> Iterator[bytes]:
        yield head + b"Transfer-Encoding: chunked\r\n\r\n"
        for _ in range(count):
            yield b"%x\r\n%s\r\n" % (len(block), block)
        yield b"0\r\n\r\n"

    return Counter(_outcome(service.send(way())) for way in (told, in_chunks))


def garbage_meshes(service: Service, vertices: int, every: int) -> Counter[str]:
    """Meshes of noise, of too many triangles, of promises, cut short; in every format."""
    found: Counter[str] = Counter()
    turn = itertools.count()
    rng = rng_for(0, 0, "attacks.meshes")

    def put(kind: str, data: bytes) -> None:
        if next(turn) % every:
            return
        status = service.request("PUT", f"/api/v1/packs/mesh?file=mesh.{kind}", data, kind="application/octet-stream")
        found[_outcome(status)] += 1

    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\n"
        f"property float z\nelement face {vertices}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    faces = np.zeros(vertices, dtype=[("n", "u1"), ("v", "<i4", 3)])
    faces["n"] = 3
    faces["v"] = rng.integers(0, vertices, (vertices, 3))
    put("ply", head + rng.bytes(12 * vertices) + faces.tobytes())
    many = max(vertices, 600_000)  # so many triangles are too many even where they are a mesh
    whole = np.zeros(many, faces.dtype)
    whole["n"] = 3
    whole["v"] = rng.integers(0, many, (many, 3))
    numbers = rng.uniform(size=3 * many).astype("<f4")
    put("ply", head.replace(str(vertices).encode(), str(many).encode()) + numbers.tobytes() + whole.tobytes())
    faces["v"] = rng.integers(-(2**31), 2**31 - 1, (vertices, 3))
    put("ply", head + rng.uniform(size=3 * vertices).astype("<f4").tobytes() + faces.tobytes())
    put("ply", head.replace(str(vertices).encode(), b"49999999") + b"\0" * 1000)
    put("stl", b"\0" * 80 + struct.pack("<L", vertices) + rng.bytes(50 * vertices))
    put("stl", b"\0" * 80 + struct.pack("<L", 2**32 - 1) + b"\0" * 50)
    lines = [f"v {a:.3f} {b:.3f} nan" for a, b in rng.uniform(size=(vertices // 10, 2))]
    put("obj", "\n".join([*lines, *(f"f {n} {n + 1} {10**9}" for n in range(1, vertices // 10))]).encode())
    put("obj", b"f " + b"1 " * vertices)
    put("glb", b"glTF" + struct.pack("<LL", 2, 2**31) + rng.bytes(1000))
    chunk = json.dumps({"asset": {"version": "2.0"}, "accessors": [{"count": 10**9, "type": "VEC3"}]}).encode()
    put("glb", b"glTF" + struct.pack("<LLL", 2, 20 + len(chunk), len(chunk)) + b"JSON" + chunk)
    put("gltf", b'{"asset":{"version":"2.0"},"buffers":[{"uri":"../../../../etc/passwd","byteLength":9}]}')
    put("gltf", b"[" * 100_000)
    return found


def _outcome(status: int) -> str:
    if status == 0:
        return "closed"
    return f"refused {status}" if 400 <= status < 500 else f"UNEXPECTED {status}"


def listing(folder: Path) -> str:
    """Return a hash of the names, kinds, sizes and times of everything in a folder but the service's own."""
    lines = []
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders.remove("service") if "service" in folders else None
        for name in sorted((*folders, *files)):
            found = os.lstat(Path(place, name))
            lines.append(f"{place}/{name} {found.st_mode} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def attack(requests: int, yaml_mb: int, vertices: int, parent: Path, every: int = 1) -> dict[str, Any]:
    """Attack a service in a folder and return what came of it; ``holds`` says whether all was as it must be.

    Of the uploads only each `every`-th is made.
    """
    (parent / "secret").write_text("a file beside the service that no request may touch\n")
    service = Service(parent)
    before = listing(parent)
    results: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    attacks = {
        "malformed": lambda: malformed(service, requests),
        "zip_bombs": lambda: zip_bombs(service, every),
        "large_yaml": lambda: large_yaml(service, yaml_mb),
        "garbage_meshes": lambda: garbage_meshes(service, vertices, every),
    }
    try:
        for name, run in attacks.items():
            start = time.monotonic()
            results[name] = dict(sorted(run().items()))
            seconds[name] = round(time.monotonic() - start, 1)
        alive = service.process.poll() is None and service.request("GET", "/api/v1/health") == 200
        works = service.request("POST", "/api/v1/jobs/check", b'{"builtin": "quickstart"}') == 200
        peak = service.peak_mib
    finally:
        service.end()
    left = [
        path.relative_to(service.root).as_posix()
        for part in ("jobs", "packs", "staging", "trash")
        for path in (service.root / part).rglob("*")
    ]
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    untouched = listing(parent) == before
    refused = not any(key.startswith("UNEXPECTED") for counts in results.values() for key in counts)
    return {
        "holds": refused
        and alive
        and works
        and untouched
        and not left
        and peak < MAX_SERVICE_MIB
        and child < MAX_CHILD_MIB,
        "all_refused": refused,
        "alive": alive,
        "still_checks_jobs": works,
        "nothing_outside": untouched,
        "left_inside": left,
        "service_peak_mib": round(peak),
        "largest_process_mib": round(child),
        "answers": results,
        "seconds": seconds,
        "requests": requests,
        "yaml_mb": yaml_mb,
        "vertices": vertices,
    }


def main() -> int:
    """Parse, attack, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--yaml-mb", type=int, default=500)
    parser.add_argument("--vertices", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="synthvision-attacks-") as folder:
        report = attack(given.requests, given.yaml_mb, given.vertices, Path(folder))
    text = json.dumps(report, indent=1, sort_keys=True)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    return 0 if report["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
