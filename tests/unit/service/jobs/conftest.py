"""A service on a folder of its own, with a renderer that only pretends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")

from starlette.testclient import TestClient

from synthvision.service.jobs.app import make_app
from synthvision.service.jobs.settings import Limits, ServiceSettings

FAKE_RENDER = (sys.executable, "-P", str(Path(__file__).with_name("fake_render.py")))
TOKEN = "a-token-for-tests-0123456789"


class ServiceClient(TestClient):
    """A client that sends the token, and knows where the service keeps things."""

    root: Path
    service: object


def settings_for(root: Path, **changes: object) -> ServiceSettings:
    limits = {"grace_s": 1.0, "free_bytes": 0, **changes.pop("limits", {})}
    given = {"root": root, "token": TOKEN, "render": FAKE_RENDER, "limits": Limits(**limits)}
    return ServiceSettings(**(given | changes))


@contextmanager
def running(settings: ServiceSettings) -> Iterator[ServiceClient]:
    headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    app = make_app(settings)
    with ServiceClient(app, base_url="http://127.0.0.1:8700", headers=headers, raise_server_exceptions=False) as client:
        client.root = settings.root
        client.service = app.state.service
        yield client


@pytest.fixture
def fake_render() -> tuple[str, ...]:
    return FAKE_RENDER


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture(scope="session")
def new_settings() -> Callable[..., ServiceSettings]:
    return settings_for


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., ServiceSettings]:
    return lambda **changes: settings_for(tmp_path / "service", **changes)


@pytest.fixture
def open_client(make_settings):
    """Start a service and return a client of it; all are ended with the test."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(make_settings(**changes)))


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[ServiceClient]:
    """A service that the tests of a module share: checking the first job takes it a second."""
    # The name by which tools that call an application without a network go.
    with running(settings_for(tmp_path_factory.mktemp("shared") / "service", names=("testserver",))) as client:
        yield client


@pytest.fixture
def wait_for():
    """Read a job again and again until something holds of it."""

    def wait(client: TestClient, job_id: str, holds: Callable[[dict], bool], seconds: float = 20) -> dict:
        end = time.monotonic() + seconds
        while True:
            job = client.get(f"/api/v1/jobs/{job_id}").json()
            if holds(job):
                return job
            assert time.monotonic() < end, f"it did not come about: {job}"
            time.sleep(0.05)

    return wait


SERVER = """
import sys
from pathlib import Path
from synthvision.service.jobs import connections
from synthvision.service.jobs.server import serve
from synthvision.service.jobs.settings import Limits, ServiceSettings
connections.HEAD_S = 3.0
settings = ServiceSettings(
    root=Path(sys.argv[1]), port=0, token="a-token-for-tests-0123456789", render=tuple(sys.argv[2:]),
    limits=Limits(grace_s=2.0, free_bytes=0),
)
serve(settings, lambda line: print(line, flush=True))
"""


class Server:
    """A service in a process of its own."""

    def __init__(self, root: Path, render: tuple[str, ...], token: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(root), *render],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        address = line.split(" on ")[1].split(" ")[0]
        self.client = httpx.Client(
            base_url=f"{address}api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

        # The port is taken first; what an earlier service left is taken up before the first answer.
        assert self.client.get("/health").status_code == 200

    def job(self, job_id: str) -> dict:
        return self.client.get(f"/jobs/{job_id}").json()

    def wait(self, job_id: str, holds, seconds: float = 40) -> dict:
        end = time.monotonic() + seconds
        while not holds(job := self.job(job_id)):
            assert time.monotonic() < end, f"it did not come about: {job}"
            time.sleep(0.05)
        return job

    def end(self, which: signal.Signals) -> int:
        self.client.close()
        self.process.send_signal(which)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@pytest.fixture
def start(tmp_path):
    started = []

    def make(**environment: str) -> Server:
        started.append(Server(tmp_path / "service", FAKE_RENDER, TOKEN, **environment))
        return started[-1]

    yield make
    for server in started:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)
