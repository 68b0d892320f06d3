"""Checks data against a model and reports every fault where the user wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from synthvision.config.problems import kind_problems, validation_problems
from synthvision.config.schema_walk import SchemaWalk
from synthvision.config.sources import Sources
from synthvision.core.errors import Problem
from synthvision.core.yaml_file import KeyPath

__all__ = ["validated", "walk_of"]

AnyModel = TypeVar("AnyModel", bound=BaseModel)


@lru_cache(maxsize=8)
def walk_of(model: type[BaseModel]) -> SchemaWalk:
    """Return the schema of a model, ready to look up what it says of a key path."""
    return SchemaWalk(model.model_json_schema())


def validated(
    model: type[AnyModel], data: Any, sources: Sources, problems: list[Problem], skip: Sequence[KeyPath] = ()
) -> AnyModel | None:
    """Return the model that `data` describes, or None after adding every fault to `problems`.

    Args:
        model: The pydantic model.
        data: JSON-like data.
        sources: Where each part of the data was written.
        problems: Gets one problem for each fault.
        skip: Key paths that are reported already; nothing is said of them and of what is below them.
    """
    walk = walk_of(model)
    wrong_kind = kind_problems(data, walk, sources.problem)
    problems += [problem for _, problem in wrong_kind]
    try:
        result = model.model_validate(data)
    except ValidationError as error:
        done = [*skip, *(path for path, _ in wrong_kind)]
        problems += validation_problems(error, data, walk, sources.problem, done)
        return None
    return None if wrong_kind else result
