"""Asks a language model for a scenario, checks what comes, lets it repair its answer once, and writes what is valid."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from synthvision.authoring.words.catalogue import Catalogue, read_catalogue
from synthvision.authoring.words.draft import Draft, draft_schema, scenario_data
from synthvision.authoring.words.explain import explain
from synthvision.authoring.words.prompt import Message, first_messages, repair_messages
from synthvision.config.job import check_scene
from synthvision.core.errors import AssetError, ConfigError, EndpointError, Problem, UsageError
from synthvision.core.yaml_file import dump_yaml, parse_yaml
from synthvision.dataset.atomic import write_text
from synthvision.library.assets import AssetLibrary
from synthvision.sampling.check import check_spec
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.constraints.contradictions import contradictions

__all__ = ["Model", "Written", "check_scenario", "write_scenario"]

_MOST_WISH = 4_000
_SIZE_WH = (640, 480)
_SHOWN = 200


class Model(Protocol):
    """A language model that can be asked."""

    @property
    def needs_schema(self) -> bool:
        """Whether the schema must be written into the question."""
        ...

    @property
    def most_characters(self) -> int:
        """Longest catalogue that it can be told."""
        ...

    def answer(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Return what it answers."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A scenario that holds.

    Args:
        text: The scene file.
        explanation: What it changes, in sentences.
        repaired: Whether the first answer could not be used.
    """

    text: str
    explanation: tuple[str, ...]
    repaired: bool


def write_scenario(
    wish: str,
    model: Model,
    out: Path | None = None,
    *,
    packs: Sequence[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Written:
    """Return a scenario for a wish, and write it where it shall go.

    Nothing is rendered. A file that is there already stays as it is unless the new one is valid.

    Args:
        wish: What the pictures shall show, in plain words.
        model: Who is asked.
        out: The file to write, or None.
        packs: Asset packs that it may use besides the built-in one.
        say: Told what is going on.

    Raises:
        EndpointError: The model does not answer, or neither its answer nor its repair can be used.
        UsageError: The wish is empty or too long.
    """
    wish = " ".join(wish.split())
    if not wish or len(wish) > _MOST_WISH:
        raise UsageError(
            f"the text must say what the pictures shall show in 1 to {_MOST_WISH} letters, got {len(wish)}"
        )
    if out is not None and out.suffix not in (".yaml", ".yml"):
        raise UsageError(f"--out must be a file that ends in .yaml, got {out}")
    library = AssetLibrary.open(tuple(packs))
    catalogue = read_catalogue(library)
    schema = schema_of(catalogue)
    folder = out.parent if out is not None else Path()
    messages = first_messages(wish, catalogue, schema, model.most_characters, with_schema=model.needs_schema)
    answer = model.answer(messages, schema)
    repaired = False
    try:
        data, spec = _read(answer, folder, library)
    except (ConfigError, _UnusableError) as first:
        say(f"the answer cannot be used, and is asked for once more:\n{first}")
        repaired = True
        answer = model.answer(repair_messages(messages, answer, str(first)), schema)
        try:
            data, spec = _read(answer, folder, library)
        except (ConfigError, _UnusableError) as second:
            kept = f"; {out} is as it was" if out is not None and out.exists() else ""
            raise EndpointError(
                f"the model must give a scenario that holds, but neither its answer nor its repair does{kept}:\n"
                f"{second}"
            ) from second
    text = f"# Asked for: {wish}\n{dump_yaml(data)}"
    if out is not None:
        write_text(out, text)
    return Written(text, tuple(explain(data, spec)), repaired)


def schema_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return the schema that answers follow."""
    return draft_schema(
        [world.name for world in catalogue.worlds], catalogue.weathers, [name for name, _ in catalogue.models]
    )


def check_scenario(text: str, folder: Path, library: AssetLibrary, name: str = "scenario") -> SceneSpec:
    """Return the checked scene of a scene file's text: its keys, what it builds on, its assets, its constraints.

    Args:
        text: YAML.
        folder: Where files that it names lie.
        library: Its assets.
        name: What messages call it.

    Raises:
        ConfigError: Any fault; all that could be found are listed.
    """
    document = parse_yaml(text, name)
    spec = check_scene(document, folder)
    faults: list[Problem] = []
    try:
        faults = [document.problem(path[1:], message) for path, message in check_spec(spec, (), library)]
    except AssetError as error:
        faults = [Problem(name, "", None, str(error))]
    faults += [
        document.problem(("constraints", index), message)
        for index, message in contradictions(spec.constraints, spec.objects, (), _SIZE_WH)
    ]
    if faults:
        raise ConfigError(faults)
    return spec


class _UnusableError(Exception):
    """An answer is no draft of a scenario."""


def _read(answer: str, folder: Path, library: AssetLibrary) -> tuple[dict[str, Any], SceneSpec]:
    try:
        given = json.loads(_object_in(answer))
        draft = Draft.model_validate(given)
    except ValidationError as error:
        faults = "\n".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}" for fault in error.errors()[:12]
        )
        raise _UnusableError(f"the answer does not follow the schema:\n{faults}") from error
    except (ValueError, RecursionError):
        plain = " ".join(answer.split())
        shown = f"{plain[:_SHOWN]}..." if len(plain) > _SHOWN else plain
        raise _UnusableError(f"the answer must be one JSON object, got: {shown}") from None
    data = scenario_data(draft)
    return data, check_scenario(dump_yaml(data), folder, library)


def _object_in(answer: str) -> str:
    """Return the JSON of an answer: some models put it into a code block, or a word before it."""
    start, end = answer.find("{"), answer.rfind("}")
    return answer[start : end + 1] if 0 <= start < end else answer
