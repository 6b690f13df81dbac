"""What the page of the breaker tells: stops first, then what is watched for each journey, then what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from relance.eligibility.breaker import counting, curves, providers, told
from relance.web import tags, titles
from relance.web.language import current
from relance.web.sender import choice

Data = dict[str, Any]
LATELY = timedelta(days=365)
MOST_STOPS = 100  # of the history
PEOPLES_OWN = 1  # any journey but that of the whole sender, to `told`
REPORTED = ("gmail", "microsoft", "yahoo")  # providers that publish figures; a table may be of any
COLOURS = {"open": "red", "warned": "orange", "watched": "primary", "blind": "secondary"}


def board(now: datetime, domain: str) -> Data:
    """Return everything the page of the breaker shows: what is stopped of every sender, what is watched of one domain."""
    known = titles.all_journeys()
    every = [scope(one, known) for one in curves.scopes()]
    found = [one for one in every if one["sender"] == domain]
    past = _history(now, known)
    return {
        "now": now, "sender": domain, "senders": choice.offered(domain), "watching": bool(every),
        "stopped": [one for one in every if one["stops"]],
        "warned": sum(one["state"] == "warned" for one in found),
        "groups": _groups(found), "blind": _blind(found), "sends": _sends(found), "providers": _providers(),
        "history": [one for one in past if one["closed_at"]][:MOST_STOPS],
        "waiting": [one for one in past if one["closed_at"] and one["quarantine"]["held"]],
    }  # fmt: skip


def scope(one: Data, known: Mapping[str, str]) -> Data:
    """Return what is watched with its words: whose it is, where, which signal, its rate and limit, why, what to do."""
    language = current()
    signal = tags.typeset(told.SIGNALS[one["signal"]][language == "fr"])
    return one | {
        "title": _title(one, known), "where": providers.name(one["provider"], language), "provider_name": choice.headed(one["provider"]), "what": signal,
        "limit": told.percent(one["allowed"], language), "colour": COLOURS[one["state"]],
        "rate_words": told.percent(one["rate"], language) if one["rate"] is not None else "",
        "share": one["nearness"], "why": _why(one, signal),
        "advice": tags.typeset(told.ADVICE[one["signal"]][language == "fr"]),
        "stops": [_stop(stop, one, known, signal) for stop in one["stops"]],
        "falls": one["signal"] == "click_drop",
    }  # fmt: skip


def _title(one: Data, known: Mapping[str, str]) -> str:
    """Return what a journey is called; nothing for all that the sender sends."""
    return "" if one["journey"] is None else known.get(one["journey"]) or _("a journey removed since")


def _stop(stop: Data, one: Data, known: Mapping[str, str], signal: str) -> Data:
    """Return a stop with whose messages it holds, why it opened, and whether a wider one must be closed before."""
    journey = counting.ALL if one["journey"] is None else PEOPLES_OWN
    whose = told.whose(
        journey, stop["level"], journey=f"« {_title(one, known)} »" if current() == "fr" else f"“{_title(one, known)}”",
        sender=one["sender"], language=current(),
    )  # fmt: skip
    figures = {"sends": stop["sends"], "bad": stop["bad"], "allowed": one["allowed"]}
    wider = any(other["level"] > stop["level"] for other in one["stops"])
    return stop | {
        "whose": tags.typeset(whose[:1].upper() + whose[1:]),
        "why": _sentence("opened", figures, signal),
        "wider": wider,
    }


def _why(one: Data, signal: str) -> str:
    """Return why something is warned of; nothing to say of what is only watched."""
    if one["state"] != "warned":
        return ""
    return _sentence("dropped" if one["signal"] == "click_drop" else "warned", one, signal)


def _sentence(kind: str, figures: Data, signal: str) -> str:
    language = current()
    words = {
        "signal": signal[:1].upper() + signal[1:], "bad": tags.number(figures["bad"]), "sends": tags.number(figures["sends"]),
        "rate": told.percent(figures["bad"] / figures["sends"] if figures["sends"] else 0, language),
        "allowed": told.percent(figures["allowed"], language),
    }  # fmt: skip
    return tags.typeset(told.WHY[kind][language == "fr"].format(**words))


def _groups(found: Iterable[Data]) -> list[Data]:
    """Return what is watched by journey, the whole sender first; what speaks apart from what is quiet."""
    groups: dict[str | None, Data] = {None: {"title": "", "name": "", "loud": [], "quiet": []}}
    for one in found:
        group = groups.setdefault(
            one["journey"], {"title": one["title"], "name": one["journey"], "loud": [], "quiet": []}
        )
        if one["state"] != "blind":
            group["loud" if one["stops"] or one["state"] == "warned" or one["nearness"] > 0 else "quiet"].append(one)
    return [group for group in groups.values() if group["loud"] or group["quiet"]]


def _blind(found: Iterable[Data]) -> list[str]:
    """Return the providers that tell of no complaint, the whole sender considered."""
    ours = [one for one in found if one["journey"] is None and one["signal"] == "complaint"]
    return [one["where"] for one in ours if one["state"] == "blind"]


def _sends(found: Iterable[Data]) -> int:
    """Return how many messages the sender's own watch counts."""
    counted: dict[str, int] = {}
    for one in found:
        if one["journey"] is None:
            counted[one["provider"]] = max(counted.get(one["provider"], 0), one["sends"])
    return sum(counted.values())


def _providers() -> list[tuple[str, str]]:
    order = (*REPORTED, *(one for one in providers.PROVIDERS if one not in REPORTED))
    return [(one, choice.headed(one)) for one in order]


def _history(now: datetime, known: Mapping[str, str]) -> list[Data]:
    """Return the stops of a year with their words, the latest first."""
    found = curves.history(now - LATELY)
    journeys = titles.journeys({one["journey_id"] for one in found})
    french = current() == "fr"
    return [
        one
        | {
            "title": journeys.get(one["journey_id"], ""), "provider_name": choice.headed(one["provider"]),
            "what": tags.typeset(told.SIGNALS[one["signal"]][french]),
        }
        for one in found
    ]  # fmt: skip
