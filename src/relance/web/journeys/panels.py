"""The side panel: what it shows of the step, the way or the journey that is selected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.content.models import Template, TemplateDraft
from relance.core.errors import NotFoundError
from relance.journeys import conditions as branching
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.steps import Branch, Send, Wait
from relance.segments.models import Segment
from relance.senders import register
from relance.web import conditions, step_titles, template_titles
from relance.web import words as common
from relance.web.conditions.vocabulary import event_labels
from relance.web.journeys import cards, editing, forms
from relance.web.journeys.cards import Card, Note
from relance.web.journeys.desk import Desk, address
from relance.web.language import current

EXITS = (
    "order_placed", "store_purchase", "message_clicked", "message_replied", "form_submitted", "logged_in", "site_visited",
    "service_used", "support_contact", "event_attended", "survey_answered",
)  # fmt: skip


@dataclass
class Panel:
    """What the panel shows; `template` draws it."""

    template: str
    position: str = ""
    arm: str = ""
    form: Any = None
    notes: tuple[Note, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def at(desk: Desk, position: str, arm: str) -> Panel:
    """Return the panel of a step, of a way out of it, or of the journey."""
    if position not in desk.journey.nodes:
        return journey(desk)
    if arm.isdigit() and isinstance(desk.journey.nodes[position].step, Branch):
        return way(desk, position, int(arm))
    return step(desk, position)


def journey(desk: Desk, post: QueryDict | None = None) -> Panel:
    """Return the panel of the journey itself."""
    said = desk.journey
    again = said.entry.again_after
    initial = {
        "title": desk.title, "purpose": said.purpose, "sender": said.sender, "segment": said.entry.segment, "goal": said.goal.event,
        "holdout": round(said.holdout * 100), "exit_when": list(said.exit_when), "again": again is not None,
        "again_count": again.count if again else 180, "again_unit": again.unit if again else "day",
        **forms.duration_values(said.goal.within),
    }  # fmt: skip
    labels = event_labels()
    exits = [(name, labels.get(name, name)) for name in dict.fromkeys((*EXITS, *said.exit_when))]
    form = forms.Settings(
        post, initial=initial, segments=_segments(said.entry.segment), events=list(labels.items()), exits=exits,
        senders=senders(said.sender),
    )  # fmt: skip
    return Panel("journey", form=form, notes=desk.drawing.notes())


def step(desk: Desk, position: str, post: QueryDict | None = None) -> Panel:
    """Return the panel of a step."""
    node = desk.journey.nodes.get(position)
    if node is None:
        raise NotFoundError(_("This step is not there any more. Reload the page to see the draft as it is."))
    card = find(desk.drawing.cards(), position)
    panel = Panel(node.step.kind, position, notes=card.notes, more={"card": card, "places": places(desk, position)})
    if isinstance(node.step, Send):
        return _message(desk, panel, node.step, post)
    if isinstance(node.step, Wait):
        panel.form = forms.Waiting(post, initial=_wait_values(node.step))
    return panel


def way(desk: Desk, position: str, index: int) -> Panel:
    """Return the panel of one way out of a branch."""
    card = find(desk.drawing.cards(), position)
    if index >= len(card.arms):
        raise NotFoundError(_("This way is not there any more. Reload the page to see the draft as it is."))
    arm = card.arms[index]
    before = messages_before(desk.journey, position)
    listed = [(send.id, desk.drawing.titles[send.id]) for send in before]
    when = None if arm.rest else editing.step(desk.text, position)["branch"][index]["when"]
    only = next(iter(when)) if isinstance(when, dict) and len(when) == 1 else ""
    kind = only if only in branching.REACTIONS else "when"
    ticked = when[only] if kind != "when" and isinstance(when, dict) else []
    known = conditions.vocabulary(branching.VOCABULARY, choices=dict.fromkeys(branching.REACTIONS, listed), recent=True)
    more = {
        "card": card, "arm": arm, "kind": kind, "when": when if kind == "when" else {}, "known": known, "earlier": listed,
        "ticked": ticked if isinstance(ticked, list) else [ticked], "alone": sum(not a.rest for a in card.arms) == 1,
    }  # fmt: skip
    return Panel("arm", position, str(index), notes=card.notes, more=more)


def find(listed: tuple[Card, ...], position: str) -> Card:
    """Return the card at a position."""
    for card in listed:
        if card.position == position:
            return card
        for arm in card.arms:
            if position.startswith(f"{card.position}.{arm.index}."):
                return find(arm.cards, position)
    raise NotFoundError(_("This step is not there any more. Reload the page to see the draft as it is."))


def messages_before(said: JourneyDefinition, place: str) -> list[Send]:
    """Return the messages that people may have got when they come to a place, from top to bottom."""
    nodes, before = said.nodes, tree.before(said.nodes)
    front, _dot, index = place.rpartition(".")
    above = f"{front}{'.' if front else ''}{int(index) - 1}"
    if place in nodes:
        earlier = before[place]
    elif above in nodes:
        earlier = before[above] | {p for p in nodes if p == above or p.startswith(f"{above}.")}
    else:
        earlier = before[front.rpartition(".")[0]]
    return [send for node, send in tree.sends(nodes) if node.position in earlier]


def places(desk: Desk, position: str) -> list[tuple[str, str]]:
    """Return where a step may be moved to, in words, from top to bottom."""
    found = [(("0"), _("At the start")), *_places(desk.drawing.cards(), position, "")]
    return [(place, label) for place, label in found if place not in (position, editing.below(position))]


def _places(listed: tuple[Card, ...], moved: str, indent: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for card in listed:
        if card.position == moved:
            continue
        for arm in card.arms:
            found.append((arm.place, indent + "– " + _("On the way “%(way)s”, first") % {"way": arm.label}))
            found += _places(arm.cards, moved, indent + "– ")
        if not card.ends:
            found.append((card.below, indent + _("After “%(step)s”") % {"step": card.title}))
    return found


def _message(desk: Desk, panel: Panel, send: Send, post: QueryDict | None) -> Panel:
    """Fill the panel of a message; while another template is being chosen, its subjects are shown."""
    chosen = str(post.get("template") or send.headline) if post is not None else send.headline
    known = step_titles.subjects({chosen})
    texts = known.get(chosen, {})
    variants = [(name, step_titles.plain(text, send.offer)) for name, text in texts.get(current(), {}).items()]
    initial = forms.message_values(send) | ({"template": chosen, "subjects": []} if chosen != send.headline else {})
    called = template_titles.every()
    bound = post if post is not None and post.get("act") else None
    if post is not None and bound is None:  # typed, and not applied yet
        initial |= {
            name: post[name]
            for name in ("id", "title", "code", "amount", "minimum", "ending", "count", "unit", "ends_on", "stock")
            if name in post
        }
    panel.form = forms.Message(bound, initial=initial, templates=_templates(send, called), variants=variants)
    others = ((language, text) for language, text in texts.items() if language != current())
    each = [] if isinstance(send.template, str) else send.channel
    panel.more |= {
        "chosen": chosen,
        "channels": cards.channels(send),
        "look": common.CHANNELS.get(send.leaving[0], ("", "mail"))[1],
        "each": [(common.channel(one), called.get(name := send.template_for(one), name)) for one in each],
        "others": [(code, [step_titles.plain(s, send.offer) for s in t.values()]) for code, t in others],
    }
    panel.more["words_url"] = _words(desk, panel.position, chosen)
    return panel


def _templates(send: Send, called: Mapping[str, str]) -> forms.Choices:
    """Return the messages to choose from; none where each channel has its own, which only the source writes."""
    if not isinstance(send.template, str):
        return []
    names = [*Template.objects.order_by("name").values_list("name", flat=True), send.template]
    return sorted(((name, called.get(name, name)) for name in dict.fromkeys(names)), key=lambda one: one[1].casefold())


def _words(desk: Desk, position: str, template: str) -> str:
    """Return where a message's subjects and text are written; nothing where no such message exists."""
    known = Template.objects.filter(name=template).exists() or TemplateDraft.objects.filter(name=template).exists()
    here = f"{reverse('journeys:edit', args=[desk.draft.name])}?step={position}"
    page = address("messages:words", template, fallback="") if known else ""
    return f"{page}?{urlencode({'language': current(), 'back': here})}" if page else ""


def _wait_values(wait: Wait) -> dict[str, Any]:
    if wait.until is not None:
        return {
            "form": "until",
            "weekday": wait.until.weekday or "",
            "hour": wait.until.hour,
            "count": 7,
            "unit": "day",
        }
    return {"form": "time", "hour": 10, **(forms.duration_values(wait.time) if wait.time else {})}


def senders(chosen: str) -> forms.Choices:
    """Return the senders to choose from, as mails show them, the chosen one even where it is gone."""
    listed = [(one.name, f"{one.title(current())} <{one.address}>") for one in register.in_force().values()]
    return listed if chosen in dict(listed) else [*listed, (chosen, chosen)]


def _segments(chosen: str) -> forms.Choices:
    """Return the segments to choose from, the chosen one even where it is gone."""
    listed = [
        (name, cards.titled(name, said))
        for name, said in Segment.objects.order_by("name").values_list("name", "definition")
    ]
    return listed if chosen in dict(listed) else [*listed, (chosen, chosen)]
