"""Changes to a journey's text, one step at a time: what people wrote around it, comments and order of fields, stays.

Steps are named by their position (see `tree`); a place to put one is the position it will stand at. Lists are changed as
lines, so that a comment goes with the step below it; values are changed through ruamel's round trip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from relance.core.definitions import parse
from relance.core.errors import NotFoundError, RefusedError
from relance.web.journeys.lines import Path, as_lines, at, cut, dumped, insert_item, source_of, tidy, value


@dataclass(frozen=True)
class Edited:
    """A changed text, and where the step stands that the change was about; empty where it is gone."""

    text: str
    position: str = ""


def path_of(text: str, position: str) -> Path:
    """Return where the step at `position` is written."""
    data = parse(text, "draft").data
    path: Path = ("steps",)
    try:
        for depth, key in enumerate(int(part) for part in position.split(".")):
            if depth % 2 == 0:
                path = (*path, key)
            else:
                arm = at(data, (*path, "branch", key))
                path = (*path, "branch", key, "otherwise" if "otherwise" in arm else "steps")
        at(data, path[:-1])
    except (ValueError, LookupError, TypeError) as error:
        raise NotFoundError(_("This step is not there any more. Reload the page to see the draft as it is.")) from error
    return path


def step(text: str, position: str) -> dict[str, Any]:
    """Return the step at `position`, as written."""
    path = path_of(text, position)
    if int(path[-1]) >= len(value(text, path[:-1])):
        raise NotFoundError(_("This step is not there any more. Reload the page to see the draft as it is."))
    return dict(value(text, path))


def insert(text: str, position: str, new: dict[str, Any]) -> Edited:
    """Put a step at `position`; what stands there and below moves down."""
    text = _with_rest(tidy(text), position)
    *place, index = path_of(text, position)
    return Edited(insert_item(text, tuple(place), int(index), as_lines(new)), position)


def remove(text: str, position: str) -> Edited:
    """Take a step out, with what is inside it."""
    text = tidy(text)
    *place, index = path_of(text, position)
    if tuple(place) == ("steps",) and len(value(text, ("steps",))) == 1:
        raise RefusedError(_("A journey has at least one step. Add another one before you delete this one."))
    return Edited(cut(text, tuple(place), int(index))[0])


def move(text: str, position: str, to: str) -> Edited:
    """Bring a step, with what is inside it, to the place `to` (as places are named before the move)."""
    if to == position or to == below(position):
        return Edited(text, position)
    if to.startswith(f"{position}."):
        raise RefusedError(_("A branch cannot be moved into itself. Choose a place outside it."))
    text = _with_rest(tidy(text), to)
    *source, index = path_of(text, position)
    target = path_of(text, to)[:-1]
    if tuple(source) == ("steps",) != target and len(value(text, ("steps",))) == 1:
        raise RefusedError(_("A journey has at least one step outside its branches. Add another one first."))
    shorter, lines = cut(text, tuple(source), int(index))
    target, to = _shifted(target, tuple(source), int(index)), _renumbered(to, position)
    return Edited(insert_item(shorter, target, int(to.rsplit(".", 1)[-1]), lines), to)


def copy(text: str, position: str) -> Edited:
    """Put a copy of a step below it; its messages get names of their own."""
    text = tidy(text)
    again = step(text, position)
    _rename_ids(again, set(ids(text)))
    return insert(text, below(position), again)


def rename(text: str, old: str, new: str) -> str:
    """Give a message another name, also where conditions speak of it."""
    source = source_of(text)
    _walk(source, old, new)
    return dumped(source)


def ids(text: str) -> list[str]:
    """Return the names of the messages, from top to bottom."""
    return [str(step["send"]["id"]) for step in _steps(parse(text, "draft").data.get("steps") or []) if _is_send(step)]


def fresh(name: str, taken: set[str]) -> str:
    """Return a name that nothing has yet: `hello`, then `hello-2`."""
    if name not in taken:
        return name
    stem = re.sub(r"-\d+$", "", name)
    return next(f"{stem}-{n}" for n in range(2, 10_000) if f"{stem}-{n}" not in taken)


def add_arm(text: str, branch: str, arm: dict[str, Any]) -> str:
    """Add an arm to a branch: a condition before `otherwise`, or `otherwise` itself at the end."""
    text = tidy(text)
    path = (*path_of(text, branch), "branch")
    arms = value(text, path)
    last = len(arms) - 1 if "otherwise" in arms[-1] else len(arms)
    if "otherwise" in arm and last < len(arms):
        raise RefusedError(_("This branch has a way for the others already."))
    return insert_item(text, path, last, as_lines(arm))


def _with_rest(text: str, to: str) -> str:
    """Return the text with the arm the place `to` is in, where that is the one of those whom no condition takes."""
    *front, arm, _index = to.split(".") if "." in to else ("", "", "")
    branch = ".".join(front)
    if not branch:
        return text
    arms = step(text, branch).get("branch", ())
    return add_arm(text, branch, {"otherwise": []}) if int(arm) == len(arms) and "otherwise" not in arms[-1] else text


def remove_arm(text: str, branch: str, index: int) -> str:
    """Take an arm out, with the steps inside it."""
    text = tidy(text)
    path = (*path_of(text, branch), "branch")
    arms = value(text, path)
    if sum("when" in arm for arm in arms) == 1 and "when" in arms[index]:
        raise RefusedError(_("A branch has at least one condition. Delete the whole branch instead."))
    return cut(text, path, index)[0]


def move_arm(text: str, branch: str, index: int, to: int) -> str:
    """Bring a way, with the steps on it, to another place among those that ask something; the others' way stays last."""
    text = tidy(text)
    path = (*path_of(text, branch), "branch")
    asking = sum("when" in arm for arm in value(text, path))
    if not (0 <= index < asking and 0 <= to < asking):
        raise RefusedError(_("The way of the others comes last. Move another way."))
    shorter, lines = cut(text, path, index)
    return insert_item(shorter, path, to, lines)


def below(position: str) -> str:
    """Return the place below a step."""
    before, _, index = position.rpartition(".")
    return f"{before}{'.' if before else ''}{int(index) + 1}"


def _renumbered(to: str, taken: str) -> str:
    """Return what the place `to` is called once the step at `taken` is gone."""
    *front, index = taken.split(".")
    parts = to.split(".")
    depth = len(front)
    if parts[:depth] == front and len(parts) > depth and int(parts[depth]) > int(index):
        parts[depth] = str(int(parts[depth]) - 1)
    return ".".join(parts)


def _shifted(target: Path, source: Path, index: int) -> Path:
    """Return where the list `target` is written once item `index` of the list `source` is gone."""
    depth = len(source)
    if target[:depth] == source and len(target) > depth and int(target[depth]) > index:
        return (*target[:depth], int(target[depth]) - 1, *target[depth + 1 :])
    return target


def _steps(steps: Any) -> Iterator[dict[str, Any]]:
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            yield step
            for arm in step.get("branch") or []:
                yield from _steps(arm.get("steps") or arm.get("otherwise"))


def _is_send(step: dict[str, Any]) -> bool:
    return isinstance(step.get("send"), dict) and "id" in step["send"]


def _rename_ids(step: dict[str, Any], taken: set[str]) -> None:
    """Give every message of a copied step a name that is not taken."""
    for inner in _steps([step]):
        if _is_send(inner):
            inner["send"]["id"] = fresh(str(inner["send"]["id"]), taken)
            taken.add(inner["send"]["id"])


def _walk(node: Any, old: str, new: str) -> None:
    """Rename in the messages themselves and below `clicked` and `replied`."""
    if isinstance(node, CommentedMap):
        if isinstance(node.get("send"), CommentedMap) and node["send"].get("id") == old:
            node["send"]["id"] = new
        for key in ("clicked", "replied"):
            if node.get(key) == old:
                node[key] = new
            elif isinstance(node.get(key), CommentedSeq):
                for index, name in enumerate(node[key]):
                    node[key][index] = new if name == old else name
    for child in node.values() if isinstance(node, CommentedMap) else node if isinstance(node, CommentedSeq) else ():
        _walk(child, old, new)
