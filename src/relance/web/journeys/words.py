"""What the pages on journeys call purposes, steps, durations, findings, refusals and acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.core.durations import Duration
from relance.events.schemas import STANDARD
from relance.journeys.steps.wait import WEEKDAYS, Until
from relance.web import tags, template_titles
from relance.web import words as common
from relance.web.language import current

PURPOSES = {
    "reactivation": (gettext_lazy("Reactivation"), "azure"),
    "promotion": (gettext_lazy("Promotion"), "orange"),
    "relationship": (gettext_lazy("Relationship"), "green"),
    "transactional": (gettext_lazy("Transactional"), "secondary"),
    "notice": (gettext_lazy("Notice"), "purple"),
}

# Kinds of steps: icon, name, and what the menu of the "+" says of each.
KINDS = {
    "send": ("mail", gettext_lazy("Message"), gettext_lazy("Write to the person")),
    "wait": ("clock", gettext_lazy("Wait"), gettext_lazy("Leave time to react")),
    "branch": ("arrows-split-2", gettext_lazy("Branch"), gettext_lazy("Go different ways")),
    "sunset": ("moon", gettext_lazy("Put to sleep"), gettext_lazy("Stop writing until they come back")),
    "exit": ("logout", gettext_lazy("Exit"), gettext_lazy("Leave the journey here")),
}

UNITS = {
    "minute": gettext_lazy("minutes"), "hour": gettext_lazy("hours"), "day": gettext_lazy("days"), "week": gettext_lazy("weeks"),
    "month": gettext_lazy("months"), "year": gettext_lazy("years"),
}  # fmt: skip

DAYS = dict(
    zip(
        WEEKDAYS,
        (
            gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
            gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
        ),
        strict=True,
    )
)  # fmt: skip

# How passages end.
ENDS = {
    "goal": gettext_lazy("reached the goal"),
    "completed": gettext_lazy("went through to the end"),
    "sunset": gettext_lazy("put to sleep"),
    "exit": gettext_lazy("left at an exit"),
    "unreachable": gettext_lazy("no usable address left"),
    "erased": gettext_lazy("person erased"),
    "merged": gettext_lazy("merged with another record"),
}

# Why messages did not leave, by the code of the gate's verdict or of the failure.
REFUSALS = {
    "suppressed": gettext_lazy("on the suppression list"),
    "opt_outs_unknown": gettext_lazy("the former tool’s opt-outs are not in"),
    "permission_unknown": gettext_lazy("no consent known"),
    "permission_withdrawn": gettext_lazy("consent withdrawn"),
    "permission_expired": gettext_lazy("consent expired"),
    "permission_insufficient": gettext_lazy("the permission does not cover this"),
    "no_sale": gettext_lazy("no completed sale known"),
    "channel_unfit": gettext_lazy("not meant for this channel"),
    "permission_refused": gettext_lazy("said no"),
    "erased": gettext_lazy("person erased"),
    "objected": gettext_lazy("objects to profiling"),
    "paused": gettext_lazy("asked for a pause"),
    "retention_due": gettext_lazy("legal retention is over"),
    "no_address": gettext_lazy("no address"),
    "address_invalid": gettext_lazy("address not valid"),
    "unreachable": gettext_lazy("unreachable"),
    "out_of_target": gettext_lazy("out of target"),
    "unopened": gettext_lazy("opens no mail"),
    "expired": gettext_lazy("came too late to be sent"),
    "goal_reached": gettext_lazy("the goal was reached before"),
    "enrolment_ended": gettext_lazy("had left the journey before"),
    "commercial_period": gettext_lazy("waits for the end of a commercial period"),
    "provider_limit": gettext_lazy("waits: the mailbox provider gets no more at once"),
    "provider_pause": gettext_lazy("waits: the mailbox provider asked for fewer messages"),
    "pressure": gettext_lazy("waits: marketing pressure cap reached"),
    "pressure_channel": gettext_lazy("waits: cap of the channel reached"),
    "pressure_purpose": gettext_lazy("waits: cap of the purpose reached"),
    "pressure_fewer": gettext_lazy("waits: asked for fewer messages"),
    "budget_of_month_spent": gettext_lazy("waits: the month’s budget is spent"),
    "budget_spent": gettext_lazy("the budget is spent"),
    "reserved_for_reactivation": gettext_lazy("waits: a reactivation has the place"),
    "no_mailbox": gettext_lazy("the mailbox does not exist"),
}

# Findings whose own sentence speaks of YAML; here the page's words.
FINDINGS = {
    "no_sunset": gettext_lazy(
        "A way through this reactivation has no end. Add a “Put to sleep” or an “Exit” after this step."
    ),
    "unknown_step": gettext_lazy(
        "The condition speaks of the message “%(name)s”, which this journey does not have any more. Choose another."
    ),
    "step_not_before": gettext_lazy(
        "The condition asks about “%(name)s”, which is never sent before this branch. Choose a message above it."
    ),
    "looks_too_far_back": gettext_lazy(
        "A branch sees the last %(days)s days only. Shorten the period asked for, or put the condition into the entry segment."
    ),
    "false_urgency": gettext_lazy(
        "The offer “%(name)s” presses people without a real end date or stock. Give it one, or take the urgency off."
    ),
    "offer_over": gettext_lazy(
        "The offer “%(name)s” is over before this message can be sent. Change its date or the waits."
    ),
    "topic_reserved": gettext_lazy(
        "The topic “%(name)s” stands for another consent than one to messages. Choose another, or leave it empty."
    ),
    "topic_needless": gettext_lazy(
        "The topic “%(name)s” changes nothing, since messages of this purpose need no consent. Leave it empty."
    ),
    "topic_unknown": gettext_lazy(
        "Nobody here said yes or no to the topic “%(name)s”; consent to everything covers it. See that it is spelled as in your consents."
    ),
    "unknown_segment": gettext_lazy(
        "No segment is called “%(name)s”. Choose another one, or make it on the page Segments."
    ),
    "unknown_sender": gettext_lazy(
        "No sender is called “%(name)s”. Choose another one, or add it on the page Senders."
    ),
    "unknown_template": gettext_lazy(
        "No published message is called “%(name)s”. Choose another one, or publish it on the page Messages."
    ),
    "unknown_subject": gettext_lazy(
        "The message “%(template)s” has no subject “%(name)s” in each language. Choose among: %(known)s."
    ),
    "offer_missing": gettext_lazy(
        "The message “%(template)s” speaks of an offer (%(missing)s). Fill in the offer of this step."
    ),
    "unknown_event": gettext_lazy("No event is called “%(name)s” here. Choose another one."),
    "duplicate_step": gettext_lazy("Two messages have the short name “%(name)s”. Give each its own."),
    "offer_early": gettext_lazy(
        "An offer before any sign of interest teaches people to wait for it. Put it behind a branch “Clicked”."
    ),
    "longer_than_hot": gettext_lazy(
        "The journey lasts up to %(length)s days, but events stay at hand for %(days)s: an early one may be missed near the end."
    ),
    "again_too_soon": gettext_lazy(
        "People may enter again before their first passage is measured (%(days)s days). Lengthen the time before a new entry."
    ),
    "no_consent": gettext_lazy(
        "Nobody here consented to this channel (%(channel)s). Import the consents first; nothing could be sent."
    ),
    "no_consent_there": gettext_lazy(
        "Nobody here consented to this channel (%(channel)s): this message leaves by its other channels only. Import the consents, or take this channel out in the source."
    ),
    "channel_not_built": gettext_lazy(
        "Relance does not send by this channel yet (%(channel)s). For now this message leaves by: %(others)s. Nothing to do; once "
        "the channel is available, publish the journey again to use it."
    ),
}

# What can be undone, by the act a revision keeps.
ACTS = {
    "started": gettext_lazy("draft begun"),
    "add": gettext_lazy("step added"),
    "delete": gettext_lazy("step deleted"),
    "move": gettext_lazy("step moved"),
    "copy": gettext_lazy("step copied"),
    "set": gettext_lazy("step changed"),
    "arm": gettext_lazy("condition changed"),
    "arm-add": gettext_lazy("way added"),
    "arm-move": gettext_lazy("way moved"),
    "arm-delete": gettext_lazy("way deleted"),
    "journey": gettext_lazy("journey’s settings changed"),
    "yaml": gettext_lazy("source changed"),
    "rebased": gettext_lazy("begun again from the published version"),
}


def duration(length: Duration) -> str:
    """Write a duration: “7 days”."""
    count = length.count
    return {
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count), "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count), "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count), "year": ngettext("%(count)s year", "%(count)s years", count),
    }[length.unit] % {"count": count}  # fmt: skip


def until(moment: Until) -> str:
    """Write the moment a wait ends at: “Tuesday, 9:00”."""
    if moment.weekday:
        return _("%(day)s at %(hour)s:00") % {"day": DAYS[moment.weekday], "hour": moment.hour}
    return _("%(hour)s:00") % {"hour": moment.hour}


def elapsed(soonest: timedelta | None, longest: timedelta | None) -> str:
    """Write when a step is reached, counted from entry: “day 12”, or a range where ways differ."""
    if soonest is None or longest is None:
        return ""
    first, last = soonest.days, -(-longest // timedelta(days=1)) if longest != soonest else longest.days
    if first == last:
        return _("Day %(first)s") % {"first": first}
    return _("Day %(first)s to %(last)s") % {"first": first, "last": last}


def event(name: str) -> str:
    """Return what an event type is called; a declared one keeps its own name."""
    if name not in STANDARD:
        return name
    return STANDARD[name].label_fr if current() == "fr" else STANDARD[name].label_en


def ending(reason: str) -> str:
    """Return how a passage ended."""
    if reason.startswith("blocked:"):
        return refusal(reason.removeprefix("blocked:"))
    return str(ENDS.get(reason) or event(reason if reason in STANDARD else f"message_{reason}"))


def refusal(code: str) -> str:
    """Return why a message did not leave."""
    return str(REFUSALS.get(code.split(":")[0].split(" ")[0], code or _("no reason given")))


def _called(found: Any) -> dict[str, Any]:
    """Return the details of a finding, its template and its channels by what people call them."""
    details = dict(found.details)
    for kept in {"channel", "others"} & details.keys():
        details[kept] = ", ".join(map(common.channel, details[kept].split(", ")))
    kept = "name" if found.code == "unknown_template" else "template"
    if kept in details:
        details[kept] = template_titles.every().get(details[kept], details[kept])
    return details


def finding(found: Any) -> str:
    """Return a finding's sentence in the language of the page."""
    if found.code in FINDINGS:
        return tags.typeset(str(FINDINGS[found.code] % _called(found)))
    return tags.typeset(found.french if current() == "fr" else found.english)
