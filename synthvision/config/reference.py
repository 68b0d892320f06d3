"""Writes docs/config_reference.md: every key of job and scene files, from the models' own descriptions.

``python -m synthvision.config.reference`` writes the page, ``--check`` fails where it is not up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synthvision.config.problems import show_value
from synthvision.config.schema import job_schema
from synthvision.config.schema_walk import describe
from synthvision.sampling.distributions import Distribution

__all__ = ["main", "reference_page"]

DEFAULT_PATH = Path("docs") / "config_reference.md"

_INTRODUCTION = """\
# Config reference

Generated from the models by `python -m synthvision.config.reference`; do not edit.

A **job file** says what a data set is made of. It names a **scene file**, which says what may be seen. Lengths are in
metres, angles in degrees, light in lux; a key carries its unit in its name. Unknown keys, values out of range and keys
given twice are errors, all of which are reported at once, with file and line.

- `scene: tabletop` is a built-in scene, `scene: my_scene.yaml` a file beside the job, and
  `scene: {file: tabletop, set: {objects.bottles.count: 3}}` either of them with changes by key path.
- `--set objects.bottles.count=3` changes a value of the job or its scene from the command line. List items are counted
  from 0, and `camera` is the only camera.
- Where the type says *drawn*, a [distribution](#distributions) may stand instead of the value.
- YAML is read without its traps: `1e5` is a number, `no` and `12:30` are text, only `true` and `false` are booleans,
  `007` is text. Anchors and aliases work; merge keys (`<<`) and tags are refused.

`synthvision schema` prints the same as a JSON schema, for editors.
"""

_DISTRIBUTIONS = """\
## Distributions

A block with one of these keys may stand wherever the type says *drawn*. One value is drawn from it for each scene or
object.
"""


def reference_page() -> str:
    """Return the whole page as Markdown."""
    schema = job_schema()
    definitions: Mapping[str, Any] = schema["$defs"]
    drawn = _distribution_names(definitions)
    order = [name for name in _in_order(schema, definitions) if name not in drawn]
    page = [_INTRODUCTION, *_section("Job", schema, definitions, drawn)]
    for name in order:
        page += _section(name, definitions[name], definitions, drawn)
    page.append(_DISTRIBUTIONS)
    for name in sorted(drawn):
        page += _section(name, definitions[name], definitions, drawn)
    return "\n".join(page).rstrip() + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or with ``--check`` compare it; return 1 where it is not up to date.

    Args:
        argv: ``--check`` and the path of the page, both optional; None for this process's.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    check = "--check" in words
    path = Path(next((word for word in words if word != "--check"), DEFAULT_PATH))
    page = reference_page()
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(f"{path} must agree with the models; run: python -m synthvision.config.reference\n")
    return 1


def _distribution_names(definitions: Mapping[str, Any]) -> set[str]:
    def below(kind: type[Distribution]) -> Iterator[str]:
        for child in kind.__subclasses__():
            yield child.__name__
            yield from below(child)

    named = set(below(Distribution)) & set(definitions)
    # Their parameter blocks and parts, and choices of colours, are described beside them.
    helpers = {name for name in definitions if name.endswith(("Parameters", "MixturePart"))}
    return named | helpers | ({"ChoiceOfColours", "Hsv", "HsvParts"} & set(definitions))


def _in_order(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[str]:
    """Return the names of all models in the order in which a reader meets them: breadth first from the job."""
    seen: list[str] = []
    level = list(_references(schema["properties"]))
    while level:
        fresh = [name for name in dict.fromkeys(level) if name not in seen]
        seen += fresh
        level = [below for name in fresh for below in _references(definitions[name].get("properties", {}))]
    return seen


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield _model_name(node)
        for key, value in node.items():
            if key != "discriminator":
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _section(name: str, model: Mapping[str, Any], definitions: Mapping[str, Any], drawn: set[str]) -> list[str]:
    level = "###" if name in drawn else "##"
    lines = [f"{level} {name}", "", _first_paragraph(str(model.get("description", ""))), ""]
    properties: Mapping[str, Any] = model.get("properties", {})
    if properties:
        lines += ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
        required = set(model.get("required", ()))
        for key, field in properties.items():
            cells = (
                f"`{key}`",
                _type(field, drawn),
                _default(key, field, required),
                _meaning(field, definitions),
            )
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        lines.append("")
    return lines


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")


def _type(field: Mapping[str, Any], drawn: set[str]) -> str:
    words: list[str] = []
    is_drawn = False
    for option in _options(field):
        name = _model_name(option)
        if name in drawn and not name.startswith("Hsv") and not name.endswith(("Parameters", "Part")):
            is_drawn = True
        elif name:
            words.append(f"[{name}](#{name.lower()})")
        elif option.get("type") == "array":
            words.append(_list_type(option, drawn))
        elif option.get("type") == "object":
            below = option.get("additionalProperties")
            if isinstance(below, Mapping) and "properties" not in option:
                words.append(f"name to {_type(below, drawn)}")
            else:
                words.append(f"block ({', '.join(option.get('properties', {}))})")
        elif option.get("type") != "null":
            words.append(describe([option]).removeprefix("a ") or "any value")
    text = " or ".join(dict.fromkeys(words))
    return f"{text}, *drawn*" if is_drawn else text


def _list_type(option: Mapping[str, Any], drawn: set[str]) -> str:
    items, fixed = option.get("items"), option.get("prefixItems")
    kinds = list(dict.fromkeys(_type(item, drawn) for item in fixed or ([items] if items else [])))
    if not kinds:
        return "list"
    inner = "; ".join(f"({kind})" if " or " in kind or "," in kind else kind for kind in kinds)
    return f"list of {len(fixed)}: {inner}" if fixed else f"list of {inner}"


def _model_name(option: Mapping[str, Any]) -> str:
    return str(option.get("$ref", "")).rsplit("/", 1)[-1]


def _options(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for word in ("anyOf", "oneOf", "allOf"):
        if word in field:
            return [below for option in field[word] for below in _options(option)]
    return [field]


def _default(key: str, field: Mapping[str, Any], required: set[str]) -> str:
    if key in required:
        return "required"
    value = field.get("default")
    if value is None or value in ("", {}, []):
        return ""
    if isinstance(value, str):
        return f"`{value}`"
    shown = show_value(value, limit=200)
    # The defaults of a whole block stand in the block's own table.
    return f"`{shown}`" if len(shown) <= 40 else ""


def _meaning(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    # pydantic leaves a field's description out where it repeats that of the model.
    model = definitions.get(_model_name(field), {})
    return str(field.get("description") or _first_paragraph(str(model.get("description", ""))))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
