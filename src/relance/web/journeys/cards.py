"""A journey's tree as the page draws it: a card for each step, with its words, its findings and its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from relance.core.definitions import Document
from relance.eligibility import house_rules
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.definition import said as words_in
from relance.journeys.findings import Finding
from relance.journeys.steps import Branch, Node, Send, Steps, Wait
from relance.segments.models import Segment
from relance.web import conditions, step_titles
from relance.web import words as common
from relance.web.journeys import words
from relance.web.journeys.counting import Count, keys
from relance.web.journeys.editing import below
from relance.web.language import current

Place = tuple[int | str, ...]


@dataclass(frozen=True)
class Note:
    """A finding on the card it concerns."""

    level: str
    sentence: str


@dataclass(frozen=True)
class Card:
    """A step as the page shows it."""

    position: str
    kind: str
    icon: str
    title: str
    detail: str
    elapsed: str
    below: str  # the place after it
    ends: bool
    notes: tuple[Note, ...] = ()
    arms: tuple[Arm, ...] = ()
    count: Count | None = None
    passes: bool = True  # whether somebody can go on below it
    key: str = ""  # the same in a published version where the step is the same
    up: str = ""  # the places one step up and down
    down: str = ""

    @property
    def worst(self) -> str:
        """The level of the worst finding on it."""
        return min((note.level for note in self.notes), default="")


@dataclass(frozen=True)
class Arm:
    """A way out of a branch."""

    index: int
    label: str
    detail: str
    place: str  # where its first step stands, or would
    cards: tuple[Card, ...]
    rest: bool = False  # takes those whom no condition takes
    silent: bool = False  # not written: they go on below by themselves
    joins: str = ""  # which halves of the line below it the drawing needs
    up: str = ""  # the ways that are tried before and after it
    down: str = ""

    @property
    def passes(self) -> bool:
        """Whether somebody can go on below it."""
        return self.cards[-1].passes if self.cards else True


@dataclass
class Drawing:
    """What the cards of one journey are made from."""

    journey: JourneyDefinition
    document: Document
    findings: Sequence[Finding] = ()
    counts: Mapping[str, Count] = field(default_factory=dict)
    shipped: step_titles.Subjects = field(default_factory=dict)  # of templates that a recipe would bring in

    def __post_init__(self) -> None:
        self.nodes = self.journey.nodes
        self.soonest, self.longest = tree.soonest(self.nodes), tree.elapsed(self.nodes)
        known = step_titles.subjects({send.headline for _node, send in tree.sends(self.nodes)})
        self.subjects = {**self.shipped, **known}
        self.titles = step_titles.of(self.journey, self.subjects)
        self.noted = _placed(self.findings, self.nodes)
        self.keys = keys(self.nodes)

    def cards(self) -> tuple[Card, ...]:
        """Return the cards from top to bottom."""
        return self._list(self.journey.steps, "")

    def entry(self) -> str:
        """Return what the entry segment is called."""
        name = self.journey.entry.segment
        found = Segment.objects.filter(name=name).values_list("definition", flat=True).first()
        return titled(name, found)

    def notes(self) -> tuple[Note, ...]:
        """Return the findings on the journey as a whole."""
        return tuple(self.noted.get("", ()))

    def _list(self, steps: Steps, prefix: str) -> tuple[Card, ...]:
        branch = prefix.rstrip(".").rpartition(".")[0]
        listed = []
        for index in range(len(steps)):
            up = f"{prefix}{index - 1}" if index else branch
            down = f"{prefix}{index + 2}" if index + 1 < len(steps) else below(branch) if branch else ""
            listed.append(replace(self._card(self.nodes[f"{prefix}{index}"], f"{prefix}{index + 1}"), up=up, down=down))
        return tuple(listed)

    def _card(self, node: Node, below: str) -> Card:
        step = node.step
        title, detail = self._said(node)
        arms = self._arms(node, step) if isinstance(step, Branch) else ()
        card = Card(
            node.position, step.kind, words.KINDS[step.kind][0], title, detail,
            words.elapsed(self.soonest.get(node.position), self.longest.get(node.position)), below, step.ends,
            notes=tuple(self.noted.get(node.position, ())), arms=arms, count=self.counts.get(node.position), key=self.keys[node.position],
        )  # fmt: skip
        return replace(card, passes=not step.ends and (not arms or any(arm.passes for arm in arms)))

    def _said(self, node: Node) -> tuple[str, str]:
        """Return what a card says: its title and the line below."""
        step = node.step
        if isinstance(step, Send):
            return self.titles[step.id], self._message(step)
        if isinstance(step, Wait):
            return (_("Wait %(time)s") % {"time": words.duration(step.time)}, "") if step.time else (_until(step), "")
        if isinstance(step, Branch):
            return _("Which way?"), _("The first way that fits takes the person.")
        if step.kind == "sunset":
            return _("Put to sleep"), _("No reactivation writes to these people until they come back by themselves.")
        return _("Exit"), _("People leave the journey here.")

    def _message(self, send: Send) -> str:
        subject = step_titles.subject(send, self.subjects)
        parts = [channels(send), *([] if self.titles[send.id] == subject else [subject])]
        if len(send.subjects) > 1:
            parts.append(_("%(n)s subjects compared") % {"n": len(send.subjects)})
        return " · ".join([*parts, *([_("offer %(code)s") % {"code": send.offer.code}] if send.offer else [])])

    def _arms(self, node: Node, branch: Branch) -> tuple[Arm, ...]:
        written = _at(self.document.data, node.location)["branch"]
        asking = sum(case.when is not None for case in branch.cases)
        arms = [self._arm(node.position, index, branch, written[index]) for index in range(len(branch.cases))]
        for index in range(asking):
            up, down = str(index - 1) if index else "", str(index + 1) if index + 1 < asking else ""
            arms[index] = replace(arms[index], up=up, down=down)
        if not branch.catches_all:
            place = f"{node.position}.{len(arms)}.0"
            arms.append(Arm(len(arms), _("The others"), _("go on below"), place, (), rest=True, silent=True))
        return joined(arms)

    def _arm(self, position: str, index: int, branch: Branch, written: Mapping[str, Any]) -> Arm:
        prefix = f"{position}.{index}."
        cards = self._list(branch.cases[index].inside, prefix)
        if branch.cases[index].when is None:
            return Arm(index, _("The others"), "", f"{prefix}0", cards, rest=True)
        return Arm(index, said(written["when"], self.titles), "", f"{prefix}0", cards)


def channels(send: Send) -> str:
    """Return the channels of a message in words, and how one of them is chosen."""
    several = len(send.channel) > 1
    return common.channels(send.channel, (send.choose or house_rules.in_force().choose) if several else "")


def joined(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Return the arms with the line that brings those who go on to the middle, below."""
    ways = [2 * index + 1 for index, arm in enumerate(arms) if arm.passes]  # counted in halves of an arm
    first, last = min([*ways, len(arms)]), max([*ways, len(arms)])
    if not ways:
        return tuple(arms)
    return tuple(
        replace(
            arm,
            joins=" ".join(
                name
                for name, at in (("joins-left", 2 * index), ("joins-right", 2 * index + 1))
                if first <= at and at + 1 <= last
            ),
        )
        for index, arm in enumerate(arms)
    )


def said(when: Any, titles: Mapping[str, str]) -> str:
    """Return a branch's condition in words, messages called by their titles."""
    if isinstance(when, dict) and len(when) == 1 and next(iter(when)) in ("clicked", "replied"):
        ((kind, names),) = when.items()
        listed = names if isinstance(names, list) else [names]
        messages = _(" or ").join(_("“%(subject)s”") % {"subject": titles.get(name, name)} for name in listed)
        text = _("Clicked in %(messages)s") if kind == "clicked" else _("Answered %(messages)s")
        return text % {"messages": messages}
    return conditions.sentence(when)


def titled(name: str, said: Any) -> str:
    """Return what a segment is called, from its definition; its name where that says nothing."""
    title = said.get("title") if isinstance(said, dict) else ""
    return words_in(title or "", current()) or name


def _until(wait: Wait) -> str:
    return _("Wait until %(moment)s") % {"moment": words.until(wait.until)} if wait.until else ""


def _placed(findings: Sequence[Finding], nodes: tree.Nodes) -> dict[str, list[Note]]:
    """Return the findings by the position of the step they are written in; "" for the journey as a whole."""
    at = {node.location: node.position for node in nodes.values()}
    placed: dict[str, list[Note]] = {}
    for finding in findings:
        inside = [location for location in at if finding.location[: len(location)] == location]
        position = at[max(inside, key=len)] if inside else ""
        placed.setdefault(position, []).append(Note(finding.level, words.finding(finding)))
    return placed


def _at(node: Any, location: Place) -> Any:
    for key in location:
        node = node[key]
    return node
