"""The files in deploy/: what they say exists, and the batch script does what a batch system needs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import typer

from synthvision.cli.jobs import render
from synthvision.core.yaml_file import load_yaml

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
pytestmark = pytest.mark.skipif(not DEPLOY.is_dir(), reason="deploy/ is not beside these tests")

# https://ray-project.github.io/kuberay/reference/api/
FIELDS = {
    "": {"apiVersion", "kind", "metadata", "spec"},
    "spec": {
        "entrypoint", "submissionMode", "backoffLimit", "shutdownAfterJobFinishes", "ttlSecondsAfterFinished",
        "rayClusterSpec", "activeDeadlineSeconds", "runtimeEnvYAML",
    },
    "spec.rayClusterSpec": {
        "rayVersion", "enableInTreeAutoscaling", "autoscalerOptions", "headGroupSpec", "workerGroupSpecs",
    },
    "spec.rayClusterSpec.autoscalerOptions": {"idleTimeoutSeconds", "upscalingMode", "resources", "version"},
    "spec.rayClusterSpec.headGroupSpec": {"rayStartParams", "template", "serviceType"},
    "spec.rayClusterSpec.workerGroupSpecs.0": {
        "groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template",
    },
}  # fmt: skip


def options_of_render() -> set[str]:
    app = typer.Typer()
    app.command()(render)
    command = typer.main.get_command(app)
    return {name for parameter in command.params for name in parameter.opts}


def at(tree, path):
    for key in filter(None, path.split(".")):
        tree = tree[int(key) if key.isdigit() else key]
    return tree


def test_the_ray_job_has_known_fields_and_a_command_that_exists():
    job = load_yaml(DEPLOY / "rayjob.yaml").data
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    for path, known in FIELDS.items():
        assert set(at(job, path)) <= known, path
    words = job["spec"]["entrypoint"].split()
    assert words[:2] == ["synthvision", "render"]
    assert {word for word in words if word.startswith("--")} <= options_of_render()
    cluster = job["spec"]["rayClusterSpec"]
    assert f"ARG RAY={cluster['rayVersion']}" in (DEPLOY.parent / "Dockerfile").read_text()
    group = cluster["workerGroupSpecs"][0]
    cores = int(group["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"])
    assert int(words[words.index("--workers") + 1]) == group["maxReplicas"] * cores


def test_documented_options_exist():
    for text in ((DEPLOY / name).read_text() for name in ("README.md", "slurm_array.sh")):
        lines = [line for line in text.splitlines() if "synthvision render" in line]
        found = {
            word for line in lines for word in re.findall(r"(?<=\s)--[a-z-]+", line.partition("synthvision render")[2])
        }
        assert found
        assert found <= options_of_render()


@pytest.fixture
def batch(tmp_path):
    """Runs the script with programs that stand for synthvision and scontrol and note how they were called."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here")
    (tmp_path / "bin").mkdir()

    def start(program: str, **environment: str) -> subprocess.Popen[str]:
        for name, body in {"synthvision": program, "scontrol": ""}.items():
            path = tmp_path / "bin" / name
            path.write_text(f'#!/bin/bash\necho "{name} $*" >> "{tmp_path}/calls"\n{body}\n')
            path.chmod(0o755)
        settings = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "SHARDS": "8", "SLURM_ARRAY_JOB_ID": "77"}
        settings |= {"SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "4", **environment}
        command = ["bash", str(DEPLOY / "slurm_array.sh"), "job.yaml", "/shared/my set"]
        return subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True)

    start.calls = lambda: (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []
    return start


RENDER = "synthvision render job.yaml --out /shared/my set --shard 3/8 --resume --workers 4"
# Ends as a run does on SIGTERM: a moment later, with the code of Ctrl-C.
ENDS_CLEANLY = "trap 'sleep 0.2; exit 130' TERM; while true; do sleep 0.05; done"


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_shard_is_rendered_and_its_exit_code_kept(batch, code):
    with batch(f"exit {code}") as process:
        assert process.wait(timeout=20) == code
    assert batch.calls() == [RENDER]


def test_at_its_time_limit_a_shard_ends_cleanly_and_queues_up_again(batch):
    with batch(ENDS_CLEANLY) as process:
        deadline = time.monotonic() + 20
        while not batch.calls() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(signal.SIGUSR1)
        assert process.wait(timeout=20) == 0
    assert batch.calls() == [RENDER, "scontrol requeue 77_3"]


def test_when_it_is_cancelled_it_does_not_queue_up_again(batch):
    with batch(ENDS_CLEANLY) as process:
        deadline = time.monotonic() + 20
        while not batch.calls() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 130
    assert batch.calls() == [RENDER]


def test_without_the_number_of_shards_it_says_what_to_set(batch):
    with batch("exit 0", SHARDS="") as process:
        assert process.wait(timeout=20) != 0
        assert "set SHARDS" in process.stderr.read()
    assert not batch.calls()
