"""The figures of the base as the page tells them: each with its definition, its denominator and the people behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.measurement import proposals as measured_proposals
from relance.measurement import risks as measured_risks
from relance.measurement.models import HealthSnapshot
from relance.measurement.overview import SILENT, Overview
from relance.web import tags
from relance.web import words as common

NO_SILENCE = gettext_lazy("Nobody can be said dormant yet.")
QUIETER = ("cooling", *SILENT, "never_active")  # what nobody is said to be by a silence that nobody can tell
ONE_MOMENT = timedelta(hours=1)  # figures counted so soon after the states are of their moment
ORDER = ("new", "active", "cooling", "dormant", "very_dormant", "never_active", "undetermined")


def states(found: Overview) -> list[dict[str, Any]]:
    """Return the people of each state, in the order of a customer's life, with what the state means."""
    counts = found.health["states"]
    meanings = {
        "new": _("First seen less than %(days)s days ago: too early to judge.") % {"days": settings.RELANCE.new_days},
        "active": _("Reacted or bought recently enough for people like them."),
        "cooling": _("Getting quiet: some signs of silence, or late on their own rhythm."),
        "dormant": _("Silent for long enough, by the rule for people like them (page Dormancy), and known to be."),
        "very_dormant": _("Every sign of silence at once, for longest."),
        "never_active": _(
            "Your files hold no purchase and no reaction of theirs; what came before the files begin, nobody knows."
        ),
        "undetermined": _(
            "Nobody can tell: your files do not say enough of them, or too few messages reached them. Never counted as silent."
        ),
    }
    untold = QUIETER if found.silence_unknown else ()
    return [
        {"name": name, "count": counts.get(name, 0) or (None if name in untold else 0), "meaning": meanings[name]}
        for name in ORDER
    ]


def scored_at(found: Overview) -> datetime | None:
    """Return as of when the states are, where that is another hour than that of the other figures; else None."""
    at, scored = found.health.get("at"), found.health.get("scored_at")
    if not at or not scored:
        return None
    scored = datetime.fromisoformat(scored)
    return scored if datetime.fromisoformat(at) - scored >= ONE_MOMENT else None


def strip(found: Overview) -> list[dict[str, str]]:
    """Return the pieces of the bar of all states, in hundredths of its width."""
    counts, people = found.health["states"], max(int(found.health["people"]), 1)
    pieces, start = [], 0.0
    for name in ORDER:
        width = 100 * counts.get(name, 0) / people
        pieces.append({"x": f"{start:.2f}", "width": f"{width:.2f}", "colour": tags.state_colour(name)})
        start += width
    return pieces


def silent(found: Overview) -> int:
    """Return the dormant people, both kinds."""
    return sum(int(found.health["states"].get(state, 0)) for state in SILENT)


def figures(found: Overview) -> list[dict[str, str]]:
    """Return the cards at the top."""
    health, people, untold = found.health, tags.number(found.health["people"]), found.silence_unknown
    of_people = _("Out of the %(people)s people of the base.") % {"people": people}
    return [
        {
            "label": _("Money asleep, a year"),
            "value": _("unknown") if untold else tags.money(health["money_asleep"]),
            "definition": _(
                "What dormant people used to spend in a year: their revenue, refunds deducted, over the years between their "
                "first and last purchase (at least one)."
            ),
            "of": str(NO_SILENCE)
            if untold
            else _("%(buyers)s dormant buyers.") % {"buyers": tags.number(found.sleepers.buyers)},
            "href": "/people/?state=dormant,very_dormant",
        },
        {
            "label": _("Mails to the silent, a year"),
            "value": tags.money(found.routing_cost, 2) if found.mails.delivered and not untold else _("unknown"),
            "definition": _(
                "Mails delivered in 12 months to people who are dormant today, at %(price)s each, the price in the settings."
            )
            % {"price": tags.money(settings.RELANCE.mail_cost, 4)},
            "of": str(NO_SILENCE)
            if untold
            else _("%(part)s of %(whole)s mails, %(share)s.")
            % {
                "part": tags.number(found.mails.delivered_to_silent),
                "whole": tags.number(found.mails.delivered),
                "share": tags.share(found.mails.delivered_to_silent, found.mails.delivered),
            },
            "href": "",
        },
        {
            "label": _("Due for erasure"),
            "value": tags.number(health["due_for_erasure"]),
            "definition": _(
                "People from whom nothing was heard for %(years)s years: no purchase, click, reply, sign-in or call. The law asks "
                "to ask them once, then to erase or archive. An open or a visit does not count. For %(unknown)s of them your files "
                "hold no such sign: the years count from the day they were first seen, as the CNIL counts from the day a "
                "prospect was collected. Orders, clicks, replies or sign-ins, once imported, tell better. Relance writes nothing "
                "commercial to any of them."
            )
            % {"years": settings.RELANCE.legal_years, "unknown": tags.number(health.get("due_no_sign", 0))},
            "of": of_people,
            "href": "/people/?due=1",
        },
        {
            "label": _("Buy in the store, ignore messages"),
            "value": tags.number(health["false_inactive"]) if health.get("false_inactive_told", True) else _("unknown"),
            "definition": _(
                "A purchase in the store within 12 months, messages delivered, and no click for 6 months: silent on line, and good "
                "customers all the same."
            ),
            "of": of_people,
            "href": "/people/?flag=false_inactive",
        },
        {
            "label": _("Out of reach"),
            "value": tags.number(health["unreachable"]),
            "definition": _("No usable address on any channel."),
            "of": of_people,
            "href": "/people/?flag=unreachable",
        },
    ]


def channels(found: Overview) -> list[dict[str, Any]]:
    """Return how far each channel reaches."""
    people = max(int(found.health["people"]), 1)
    return [
        {
            "code": one.channel,
            "name": common.channel(one.channel),
            "addressed": one.addressed,
            "permitted": one.permitted,
            "addressed_width": f"{100 * one.addressed / people:.2f}",
            "permitted_width": f"{100 * one.permitted / people:.2f}",
        }
        for one in sorted(found.channels, key=lambda one: -one.permitted)
    ]


def risks(found: Overview) -> dict[str, Any]:
    """Return the level of risk for the sender's name and each sign of it."""
    return risk_words(measured_risks.level(found), [asdict(risk) for risk in measured_risks.found(found)])


def risk_words(level: str, signs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a level of risk and its signs in words; bills kept before today know shares alone, not of how many."""
    words = {
        "hard_bounces": (
            _("Dead mailboxes, last 30 days"),
            _("Hard bounces over mails delivered or bounced. Mailing services suspend above 2%."),
        ),
        "mails_to_silent": (
            _("Mails that go to the silent"),
            _(
                "Mails delivered in 12 months to people who are dormant today, over all mails delivered. Mailbox providers judge "
                "a sender by how many of its mails interest nobody."
            ),
        ),
        "unverified": (
            _("Addresses nobody has checked"),
            _(
                "E-mail addresses that neither the check of addresses nor a delivery has judged, over all e-mail addresses."
            ),
        ),
    }
    levels = {
        "low": (_("low"), "green"),
        "medium": (_("medium"), "yellow"),
        "high": (_("high"), "red"),
        "unknown": (_("unknown"), "secondary"),
    }
    untold = {
        "hard_bounces": _(
            "No mail of the last 30 days is known, or no source tells of bounces: their absence proves nothing. Bring in the "
            "sends with their bounces."
        ),
        "mails_to_silent": _("No source tells of mails delivered. Bring in the sends."),
        "unverified": _("No e-mail address is known."),
    }
    if any(sign["code"] == "mails_to_silent" and sign.get("whole") for sign in signs):
        untold["mails_to_silent"] = _(
            "Nobody can be said dormant yet, so nobody knows how many mails go to the silent."
        )
    told = [
        {
            "label": words[sign["code"]][0],
            "why": untold[sign["code"]] if sign["level"] == "unknown" else words[sign["code"]][1],
            "share": sign["share"],
            "level": levels[sign["level"]],
            "part": sign.get("part", 0),
            "whole": sign.get("whole", 0) if sign["share"] is not None else 0,
        }
        for sign in signs
    ]
    return {"level": levels[level], "signs": told}


def trend(snapshots: Sequence[HealthSnapshot]) -> dict[str, Any] | None:
    """Return the states over time as a chart's data; a single day is no trend."""
    if len(snapshots) < 2:
        return None
    return {
        "kind": "area",
        "categories": [tags.day(snapshot.day) for snapshot in snapshots],
        "series": [
            {
                "name": str(tags.state_name(state)),
                "colour": tags.state_colour(state),
                "values": [snapshot.figures["health"]["states"].get(state, 0) for snapshot in snapshots],
            }
            for state in ORDER
        ],
    }


def proposals(found: Overview) -> list[dict[str, str]]:
    """Return what to do next, in words, the most valuable first."""
    return [_proposed(one, found) for one in measured_proposals.ranked(found)]


def _proposed(one: measured_proposals.Proposal, found: Overview) -> dict[str, str]:
    people = tags.number(one.people)
    words = {
        "wake": (
            _("Wake the dormant buyers"),
            _("%(people)s dormant buyers can be written to by e-mail. A progressive journey, outside commercial periods, with a control group.") % {"people": people},
            _("Expected: %(low)s to %(high)s a year, if 0.5 to 2 in 100 come back because of it. An assumption of the trade: your control group will tell.")
            % {"low": tags.money(one.low), "high": tags.money(one.high)},
            reverse("journeys:recipe", args=["reactivation-ecommerce"]), _("See the recipe"),
        ),
        "rest": (
            _("Stop the ordinary mails to the silent"),
            _resting(people, found),
            _("Expected: %(mails)s mails fewer a year, and a better name with mailbox providers.") % {"mails": tags.number(one.low)},
            "/people/?state=dormant,very_dormant", _("See the people"),
        ),
        "ask_store_buyers": (
            _("Ask the store’s buyers what they want to receive"),
            _("%(people)s people buy in the store and ignore the messages. They are customers: one question, not a reactivation.") % {"people": people},
            _("Expected: %(people)s people no longer taken for dormant.") % {"people": people},
            "/people/?flag=false_inactive", _("See the people"),
        ),
        "mend_addresses": (
            _("Correct the mistyped addresses"),
            _("%(people)s addresses look mistyped, and the right one can be guessed.") % {"people": people},
            _("Expected: up to %(people)s people reachable again.") % {"people": tags.number(one.low)} + _corrected(found),
            "/people/?flag=mistyped", _("See the people"),
        ),
        "bring_history": (
            _("Bring in the missing history"),
            _("Nobody can tell whether %(people)s people are silent: your files do not tell enough of them.") % {"people": people},
            _("Expected: %(people)s people judged instead of guessed.") % {"people": people},
            "/imports/", _("See what is covered"),
        ),
    }  # fmt: skip
    title, text, effect, href, action = words[one.code]
    return {"title": title, "text": text, "effect": effect, "href": href, "action": action}


def _resting(people: str, found: Overview) -> str:
    """Return who still gets mails while dormant; who buys nothing but clicks is told apart, and not to be left out."""
    said = _("%(people)s dormant people still get your mails.") % {"people": people}
    clicking = found.mails.silent_clicking
    if not clicking:
        return said
    others = ngettext(
        "%(count)s other buys nothing any more but clicked in a mail within 12 months: go on writing to them.",
        "%(count)s others buy nothing any more but clicked in a mail within 12 months: go on writing to them.",
        clicking,
    )
    return f"{said} {others % {'count': tags.number(clicking)}}"


def _corrected(found: Overview) -> str:
    """Return what else is said of mistyped addresses: of whom opted out, and that the figures follow."""
    opted_out = found.addresses.opted_out
    others = ngettext(
        "%(count)s other opted out, and stays out of reach.",
        "%(count)s others opted out, and stay out of reach.",
        opted_out,
    )
    said = others % {"count": tags.number(opted_out)} if opted_out else ""
    return " ".join(["", *([said] if said else []), _("The figures are recalculated after the correction.")])
