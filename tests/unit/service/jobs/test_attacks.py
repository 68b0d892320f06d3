"""The attacks of benchmarks/service_attacks.py, fewer of each; the benchmark makes them all."""

from __future__ import annotations

import importlib.util
import socket
import time
from pathlib import Path

import pytest

from synthvision.service.jobs import connections

SCRIPT = Path(__file__).parents[4] / "benchmarks" / "service_attacks.py"


def test_what_is_wrong_is_refused_and_the_service_lives(tmp_path):
    if not SCRIPT.is_file():
        pytest.skip("the benchmarks are not beside the tests")
    spec = importlib.util.spec_from_file_location("service_attacks", SCRIPT)
    attacks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(attacks)
    report = attacks.attack(requests=40, yaml_mb=40, vertices=2_000, parent=tmp_path, every=5)
    assert report["holds"], report
    assert report["answers"]["large_yaml"] == {"refused 413": 2}
    assert sum(report["answers"]["malformed"].values()) == 40


def test_a_request_that_does_not_go_on_is_ended(start):
    server = start()
    address = ("127.0.0.1", server.client.base_url.port)
    with socket.create_connection(address, timeout=30) as silent, socket.create_connection(address, timeout=30) as slow:
        begin = time.monotonic()
        for _ in range(4):  # a byte now and then does not help
            slow.sendall(b"GET / H")
            time.sleep(0.3)
        assert silent.recv(100) == b""
        slow.settimeout(5)
        try:
            answer = slow.recv(100)
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
        assert time.monotonic() - begin < connections.HEAD_S + 10
    assert server.client.get("/health").status_code == 200
