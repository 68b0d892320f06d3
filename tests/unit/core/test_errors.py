"""The errors: the tree that the module draws is the tree that there is."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import synthvision
from synthvision.core import errors
from synthvision.core.errors import (
    ConfigError,
    FrameError,
    MissingExtraError,
    Problem,
    SynthvisionError,
    UsageError,
    nearest_name,
)

# Signals of one package to itself that are caught there and never reach a user.
CAUGHT_INSIDE = {
    "coco_text.py: _NoAnnotationError",
    "overrides.py: BadPathError",
    "stage.py: NoPlaceError",
    "supervision.py: WorkerGoneError",
    "writing.py: _UnusableError",
    # Answers of the service.
    "faults.py: RequestError",
    "store.py: ConflictError",
    "store.py: QueueFullError",
}

BRANCH = re.compile(r"^(?P<indent>[ │├└─]*)(?P<name>[A-Z]\w+)(?P<text>.*?)(?:exit (?P<code>\d+))?$")


def drawn_tree() -> dict[str, tuple[str | None, int | None]]:
    """Parent and exit code of each class in the picture of the docstring."""
    drawing = inspect.getdoc(errors).split("::\n\n", 1)[1].split("\n\n", 1)[0]
    tree: dict[str, tuple[str | None, int | None]] = {}
    above: list[tuple[int, str]] = []
    for line in inspect.cleandoc(drawing).splitlines():
        found = BRANCH.match(line)
        assert found, line
        column, name = len(found["indent"]), found["name"]
        while above and above[-1][0] >= column:
            above.pop()
        tree[name] = (above[-1][1] if above else None, int(found["code"]) if found["code"] else None)
        above.append((column, name))
    return tree


def error_classes() -> dict[str, type[SynthvisionError]]:
    found = vars(errors).values()
    return {item.__name__: item for item in found if inspect.isclass(item) and issubclass(item, SynthvisionError)}


def test_the_drawn_tree_is_the_real_one():
    real = {name: item.__bases__[0].__name__ for name, item in error_classes().items() if item is not SynthvisionError}
    drawn = {name: parent for name, (parent, _) in drawn_tree().items() if parent is not None}
    assert drawn == real
    assert len(real) >= 10  # the parser found the picture


def test_every_error_ends_with_the_exit_code_that_is_drawn():
    tree = drawn_tree()
    for name, item in error_classes().items():
        parent, code = tree[name]
        while code is None and parent is not None:
            parent, code = tree[parent]
        assert item.exit_code in (1, 2)
        if code is not None:
            assert item.exit_code == code, name
    assert {name for name, item in error_classes().items() if item.exit_code == 1} == {
        "ConstraintError",
        "EndpointError",
        "FrameError",
        "PlacementError",
        "RenderError",
    }


def test_every_error_is_exported():
    assert {*error_classes(), "Problem", "nearest_name"} == set(errors.__all__)


def test_no_module_has_errors_of_its_own():
    names = {*error_classes(), "Exception", "BaseException", "ValueError", "RuntimeError", "OSError", "KeyError"}
    others = []
    for path in sorted(Path(synthvision.__file__).parent.rglob("*.py")):
        if path.name == "errors.py" and path.parent.name == "core":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
                others += [f"{path.name}: {node.name}"] if bases & names else []
    assert set(others) == CAUGHT_INSIDE


def test_a_problem_names_file_line_key_and_what_is_wrong():
    assert str(Problem("a.yaml", "objects.0.count", 7, "must be 0 or more, got -1")) == (
        "a.yaml:7: objects.0.count: must be 0 or more, got -1"
    )
    assert str(Problem("a.yaml", "", None, "there is no such file")) == "a.yaml: there is no such file"
    assert str(Problem("a.yaml", "seed", None, "text")) == "a.yaml: seed: text"


def test_a_config_error_shows_all_problems_in_order_one_a_line():
    problems = [Problem("a.yaml", "b", 2, "second"), Problem("a.yaml", "a", 9, "first")]
    error = ConfigError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "a.yaml:2: b: second\na.yaml:9: a: first"


def test_a_missing_extra_is_a_usage_error_with_the_pip_command():
    error = MissingExtraError("the pyrender backend", "pyrender")
    assert isinstance(error, UsageError)
    assert error.extra == "pyrender"
    assert str(error) == "the pyrender backend needs an optional dependency: pip install 'synthvision[pyrender]'"


def test_a_frame_error_lets_the_job_go_on():
    assert FrameError.exit_code == 1
    with pytest.raises(SynthvisionError):
        raise FrameError("one frame")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("unifrom", "uniform"), ("Uniform", "uniform"), ("zzz", None), ("", None), ("normal", "normal")],
)
def test_nearest_name(name, nearest):
    assert nearest_name(name, iter(["uniform", "normal"])) == nearest
