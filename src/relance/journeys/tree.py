"""Positions in the tree of steps: which come first, which may follow which, how long until each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from relance.journeys.steps import Node, Send, Steps

Nodes = Mapping[str, Node]  # by position, in tree order: whatever may follow a step stands after it


def grow(steps: Steps) -> Nodes:
    """Return every step at its position."""
    nodes = {node.position: node for node in _nodes(steps, "", ("steps",), None)}
    sources, sends = _taken_from(nodes), _last_sends(nodes)
    return {
        position: replace(node, taken_from=tuple(sources[position]), last_sends=tuple(sorted(sends[position])))
        for position, node in nodes.items()
    }


def _nodes(steps: Steps, prefix: str, location: tuple[int | str, ...], after: str | None) -> Iterator[Node]:
    for index, step in enumerate(steps):
        position, place = f"{prefix}{index}", (*location, index)
        following = f"{prefix}{index + 1}" if index + 1 < len(steps) else after
        starts = tuple(f"{position}.{arm}.0" if inside else following for arm, (_, inside) in enumerate(step.arms))
        yield Node(position, step, place, following, starts)
        for arm, (path, inside) in enumerate(step.arms):
            yield from _nodes(inside, f"{position}.{arm}.", (*place, *path), following)


def first(nodes: Nodes) -> str:
    """Return the position where people enter."""
    return next(iter(nodes))


def sends(nodes: Nodes) -> list[tuple[Node, Send]]:
    """Return the sends, in tree order."""
    return [(node, node.step) for node in nodes.values() if isinstance(node.step, Send)]


def elapsed(nodes: Nodes) -> dict[str | None, timedelta]:
    """Return the longest time from entry to each reachable position; under None, to the end of the journey."""
    longest: dict[str | None, timedelta] = {first(nodes): timedelta(0), None: timedelta(0)}
    for position, node in nodes.items():
        if position not in longest:
            continue
        end = longest[position] + node.step.longest
        for successor in node.successors or (None,):
            longest[successor] = max(end, longest.get(successor, end))
    return longest


def soonest(nodes: Nodes) -> dict[str | None, timedelta]:
    """Return the shortest time from entry to each reachable position; under None, to the end of the journey."""
    shortest: dict[str | None, timedelta] = {first(nodes): timedelta(0)}
    for position, node in nodes.items():
        if position not in shortest:
            continue
        end = shortest[position] + node.step.shortest
        for successor in node.successors or (None,):
            shortest[successor] = min(end, shortest.get(successor, end))
    return shortest


def before(nodes: Nodes) -> dict[str, set[str]]:
    """Return for each position those that may come before it."""
    earlier: dict[str, set[str]] = defaultdict(set)
    for position, node in nodes.items():
        for successor in filter(None, node.successors):
            earlier[successor] |= earlier[position] | {position}
    return earlier


def _taken_from(nodes: Nodes) -> dict[str, list[str]]:
    """Return for each position the waits that lead to it."""
    sources: dict[str, list[str]] = defaultdict(list)
    for position, node in nodes.items():
        if node.step.holds and node.following is not None:
            sources[node.following].append(position)
    return sources


def _last_sends(nodes: Nodes) -> dict[str, set[str]]:
    """Return for each position the ids of the sends that can be the latest before it."""
    latest: dict[str, set[str]] = defaultdict(set)
    for position, node in nodes.items():
        ids = {node.step.id} if isinstance(node.step, Send) else latest[position]
        for successor in filter(None, node.successors):
            latest[successor] |= ids
    return latest


def step(nodes: Nodes, step_id: str) -> Send:
    """Return the send with this id."""
    return next(send for _, send in sends(nodes) if send.id == step_id)


def spans(nodes: Nodes) -> dict[str, timedelta]:
    """Return for each position the longest time from it to the last send that may follow; zero where none does."""
    ahead: dict[str, timedelta | None] = {}
    for position, node in reversed(list(nodes.items())):  # whatever may follow a step stands after it
        later = [ahead[one] for one in node.successors if one is not None]
        known = [node.step.longest + one for one in later if one is not None]
        ahead[position] = max(known, default=timedelta(0) if isinstance(node.step, Send) else None)
    return {position: longest or timedelta(0) for position, longest in ahead.items()}
