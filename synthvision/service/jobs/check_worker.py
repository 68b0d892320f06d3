"""Checks submitted jobs in a process of its own: a line of JSON comes in, a line of JSON goes out.

The process has a bounded address space and is killed when an answer takes too long, so that no job text, however it is
built, can stop the service. It stays for further jobs, as the models of a job take a second to load.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthvision.core.errors import ConfigError, Problem, SynthvisionError

__all__ = ["check_job", "main"]

_MAX_PROBLEMS = 200
_MAX_MESSAGE = 2_000


def check_job(text: str, name: str, overrides: Sequence[str], folder: Path) -> dict[str, Any]:
    """Return what a job is, or under ``problems`` what is wrong with it.

    Args:
        text: The job as YAML.
        name: Its name, a plain one.
        overrides: Changes to it, as ``KEY=VALUE``.
        folder: An empty folder of this process; must be the working folder.
    """
    from synthvision.config.job import load_job
    from synthvision.config.overrides import read_overrides
    from synthvision.core.yaml_file import parse_yaml
    from synthvision.library.packs import find_pack
    from synthvision.service.jobs.confinement import file_faults, override_faults

    problems: list[Problem] = []
    try:
        problems += file_faults(parse_yaml(text, f"{name}.yaml", problems))
        for override in read_overrides(overrides, problems):
            problems += override_faults(override.key, override.value, override.label)
        if problems:
            raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        job = load_job(f"{name}.yaml", overrides)
        for number, pack in enumerate(job.assets.packs):
            try:
                find_pack(pack)
            except SynthvisionError as error:
                problems.append(job.problem(("assets", "packs", number), str(error)))
        if problems:
            raise ConfigError(problems)
    except ConfigError as error:
        return {"problems": [_as_json(problem) for problem in error.problems[:_MAX_PROBLEMS]]}
    except SynthvisionError as error:
        return {"problems": [_as_json(Problem(f"{name}.yaml", "", None, str(error)))]}
    except (MemoryError, RecursionError):
        return {
            "problems": [_as_json(Problem(f"{name}.yaml", "", None, "must be smaller: checking it takes too much"))]
        }
    finally:
        (folder / f"{name}.yaml").unlink(missing_ok=True)
    return {
        "name": name,
        "frames": job.frames,
        "seed": job.seed,
        "classes": list(job.class_names),
        "packs": list(job.assets.packs),
        "width": job.image.width,
        "height": job.image.height,
        "backend": job.render.backend,
    }


def main() -> int:
    """Answer requests on standard input until it ends."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request: Mapping[str, Any] = json.loads(line)
        os.environ["SYNTHVISION_ASSETS"] = request["assets"]
        answer = check_job(request["text"], request["name"], request["overrides"], Path.cwd())
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return 0


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file[:_MAX_MESSAGE],
        "key_path": problem.key_path[:_MAX_MESSAGE],
        "line": problem.line,
        "message": problem.message[:_MAX_MESSAGE],
    }


if __name__ == "__main__":
    sys.exit(main())
