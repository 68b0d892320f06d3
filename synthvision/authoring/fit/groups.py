"""Which object group of a scene stands for each class of a real annotation file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthvision.core.errors import UsageError, nearest_name
from synthvision.sampling.config import SceneSpec

__all__ = ["match_groups"]


def match_groups(classes: Sequence[str], spec: SceneSpec, given: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """Return the group of each class.

    A class goes to the group that is given for it; to the group whose name, or a word of whose pick, is the class's
    (one or many of it); else to the scene's only labelled group, where there is one alone.

    Args:
        classes: Of the real set.
        spec: The scene.
        given: Group by class.
        notes: Gets a sentence on classes that no group stands for.

    Raises:
        UsageError: A given group or class does not exist, or no class has a group.
    """
    things = [name for name, group in spec.objects.items() if group.role == "thing"]
    for name, group in given.items():
        for what, value, known in (("class", name, list(classes)), ("group", group, list(spec.objects))):
            if value not in known:
                near = nearest_name(value, known)
                hint = f"; did you mean {near!r}?" if near else f" (there are: {', '.join(known)})"
                raise UsageError(f"--map {name}={group}: there is no {what} {value!r}{hint}")
    words = {group: _words(group, spec) for group in things}
    found: dict[str, str] = {}
    left = []
    for name in classes:
        own = given.get(name) or next((group for group in things if _forms(name) & words[group]), None)
        if own is None and len(things) == 1:
            own = things[0]
        if own is None:
            left.append(name)
        else:
            found[name] = own
    if not found:
        raise UsageError(
            f"an object group of the scene ({', '.join(things) or 'none is labelled'}) must stand for a class of the "
            f"annotations ({', '.join(classes)}); say which with --map CLASS=GROUP"
        )
    if left:
        notes.append(f"no object group stands for {', '.join(left)}: left out; --map CLASS=GROUP says which does")
    return found


def _words(group: str, spec: SceneSpec) -> set[str]:
    words = {group}
    for query in spec.objects[group].pick.queries:
        words |= {word.rpartition("/")[2] for word in (query.asset, query.category, query.tag) if word}
    return {form for word in words for form in _forms(word)}


def _forms(word: str) -> set[str]:
    plain = word.casefold().replace("_", " ").replace("-", " ").strip()
    return {plain, plain.removesuffix("s")}
