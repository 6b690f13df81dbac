"""A policy in sentences, in the language in force: whom it is for, what it looks at, from when on somebody is silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.dormancy.criteria import EXPOSED_TO, Criterion
from relance.dormancy.markers import BESIDE_LABELS, MARKERS, label
from relance.dormancy.policies import SILENT_STATES, PolicyDefinition
from relance.dormancy.states import needed
from relance.web import conditions, tags
from relance.web import words as common
from relance.web.conditions.vocabulary import event_labels
from relance.web.language import current, in_quotes

EVERYBODY = gettext_lazy("Everybody together")
OVERDUE_DIGITS = 1


def rest(texts: dict[Any, str]) -> str:
    """Return a description without its first sentence, which is the title."""
    return said(texts).partition(". ")[2]


def current_key() -> Any:
    """Return the language in force, as definitions name it."""
    return current()


def said(texts: dict[Any, str]) -> str:
    """Return a text of a definition in the language in force, else in the other one."""
    return tags.typeset(texts.get(current_key()) or next(iter(texts.values()), ""))


def population(policy: PolicyDefinition) -> str:
    """Return whom the policy is for."""
    return conditions.sentence(policy.population) if policy.population is not None else _("Everybody else.")


def out_of_target(policy: PolicyDefinition) -> str:
    """Return who is out of target under the policy; empty where it says nothing of it."""
    return conditions.sentence(policy.out_of_target) if policy.out_of_target is not None else ""


def criteria(policy: PolicyDefinition) -> list[dict[str, Any]]:
    """Return each criterion in words, the weightiest first."""
    labels = event_labels()
    ordered = sorted(policy.criteria.items(), key=lambda item: -item[1].points)
    return [_criterion(key, criterion, labels) for key, criterion in ordered]


def _criterion(key: str, criterion: Criterion, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "key": key,
        "name": name(criterion, labels),
        "known": bool(_marker(criterion)),
        "points": criterion.points,
        "when": _when(criterion),
        "events": quoted(criterion.types, labels),
        "notes": _notes(criterion, labels),
    }


def name(criterion: Criterion, labels: dict[str, str]) -> str:
    """Return what a criterion is called: the known marker that looks at the same events, else the events themselves."""
    known = _marker(criterion)
    if known:
        return tags.typeset(label(known, current()))
    if criterion.event:
        return quoted([criterion.event], labels)
    return tags.typeset(_("None of these: %(events)s") % {"events": quoted(criterion.types, labels)})


def _marker(criterion: Criterion) -> str:
    """Return the known marker that looks at the same; a key alone says nothing, since people choose it."""
    found = (key for key, marker in MARKERS.items() if _looks_at(marker.criterion()) == _looks_at(criterion))
    return next(found, "")


def _looks_at(criterion: Criterion) -> tuple[Any, ...]:
    return (
        bool(criterion.without), bool(criterion.never), criterion.types, criterion.channel, tuple(sorted(criterion.after)),
    )  # fmt: skip


def _when(criterion: Criterion) -> str:
    duration: dict[str, Any] = {"duration": tags.span(str(criterion.duration))}
    if criterion.never:
        return _("never, by somebody known for more than %(duration)s") % duration
    if criterion.event:
        times = criterion.count.gte if criterion.count else 1
        return _("%(count)s times or more within %(duration)s") % (duration | {"count": tags.number(times)})
    return _("for more than %(duration)s") % duration


def _notes(criterion: Criterion, labels: dict[str, str]) -> list[str]:
    notes = []
    if criterion.channel:
        notes.append(_("By this channel only: %(channel)s.") % {"channel": common.channel(criterion.channel)})
    if criterion.after:
        notes.append(
            _("Counts from %(events)s on; whoever never did that is not concerned.")
            % {"events": quoted(criterion.after, labels)}
        )
    if criterion.exposed_to is not None:
        notes.append(_exposure(criterion, labels))
    if criterion.reads_opens:
        notes.append(_("Opens count only for people who consented to their being recorded."))
    return [tags.typeset(note) for note in notes]


def _exposure(criterion: Criterion, labels: dict[str, str]) -> str:
    exposure = criterion.exposed_to
    assert exposure is not None
    window = {"window": tags.span(str(exposure.within or criterion.duration)), "count": exposure.count.gte}
    if exposure.event == EXPOSED_TO:
        return (
            ngettext(
                "Asked only of who got at least %(count)s message within %(window)s; of the others nobody can tell.",
                "Asked only of who got at least %(count)s messages within %(window)s; of the others nobody can tell.",
                exposure.count.gte,
            )
            % window
        )
    return _(
        "Asked only of who had %(event)s at least %(count)s times within %(window)s; of the others nobody can tell."
    ) % (window | {"event": quoted([exposure.event], labels)})


def states(policy: PolicyDefinition) -> list[dict[str, Any]]:
    """Return from when on each silent state holds."""
    most = sum(criterion.points for criterion in policy.criteria.values())
    labels = event_labels()
    found = []
    for state in (state for state in SILENT_STATES if state in policy.states):
        rule, needs = policy.states[state], needed(policy, state)
        found.append(
            {
                "name": state,
                "points": rule.points,
                "sentence": ngettext(
                    "from %(points)s point of %(most)s", "from %(points)s points of %(most)s", rule.points
                )
                % {"points": rule.points, "most": most},
                "needs": _needed(policy.criteria[needs], labels) if needs else "",
            }
        )
    return found


def _needed(criterion: Criterion, labels: dict[str, str]) -> str:
    """Return how to name the criterion a state needs: by its points where its events are many."""
    if _marker(criterion) or len(criterion.types) == 1:
        known = name(criterion, labels)
        return in_quotes(known) if _marker(criterion) else known
    return ngettext("the silence of %(points)s point", "the silence of %(points)s points", criterion.points) % {
        "points": criterion.points
    }


def cadence(policy: PolicyDefinition) -> str:
    """Return what one's own rhythm has to do with it; empty where nothing."""
    if policy.cadence is None:
        return ""
    times = policy.cadence.overdue_at
    text = _(
        "Also cooling: whoever has been silent for %(times)s times the usual time between two purchases of their own "
        "(at least 30 days; steadied by the whole base for people with few purchases)."
    )
    return tags.typeset(text % {"times": tags.number(times, 0 if times == int(times) else OVERDUE_DIGITS)})


def beside(policy: PolicyDefinition) -> list[str]:
    """Return what is counted beside the points, without any."""
    labels = event_labels()
    return [
        tags.typeset(
            _("%(name)s within %(window)s")
            % {
                "name": BESIDE_LABELS[key][current_key()] if key in BESIDE_LABELS else quoted([one.event], labels),
                "window": tags.span(str(one.within)),
            }
        )
        for key, one in policy.beside.items()
    ]


def quoted(types: Sequence[str], labels: dict[str, str]) -> str:
    """Return event types by their labels, in the quotes of the language."""
    return ", ".join(in_quotes(labels.get(name, name)) for name in types)
