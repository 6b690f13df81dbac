"""What the page of deliverability tells: how mails fare at each provider, seed lists, and what to fix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.measurement.deliverability import advice, figures, kept, seeds, words
from relance.measurement.deliverability.figures import Fares, Table
from relance.measurement.sender import examination
from relance.measurement.sender import words as sender_words
from relance.web import tags
from relance.web.language import current
from relance.web.sender import choice, outside

Data = dict[str, Any]
USUAL = 30
MOST_REASONS = 12
COLUMNS: dict[str, Any] = {
    "accepted": gettext_lazy("Accepted"),
    "returned": gettext_lazy("Returned"),
    "complained": gettext_lazy("Marked as spam"),
    "unsubscribed": gettext_lazy("Unsubscribed"),
    "clicked": gettext_lazy("Clicked"),
}
KINDS: dict[str, Any] = {
    "hard": gettext_lazy("mailbox that does not exist"),
    "soft": gettext_lazy("not now: full, down, put off too long"),
    "block": gettext_lazy("refused for policy or reputation"),
}
# What the enhanced status codes that come most often mean (RFC 3463).
CODES: dict[str, Any] = {
    "5.1.1": gettext_lazy("no such mailbox"),
    "5.1.2": gettext_lazy("no such domain"),
    "5.1.10": gettext_lazy("no such mailbox"),
    "5.2.1": gettext_lazy("mailbox closed"),
    "4.2.2": gettext_lazy("mailbox full"),
    "5.2.2": gettext_lazy("mailbox full"),
    "5.7.1": gettext_lazy("refused by policy"),
    "5.7.26": gettext_lazy("not authenticated"),
    "5.7.515": gettext_lazy("authentication too weak for a large sender"),
    "4.7.0": gettext_lazy("put off for reputation"),
}


def board(asked: str, now: datetime, domain: str) -> Data:
    """Return everything the page shows of a domain for a window of days; another than those offered is the usual one."""
    days = int(asked) if asked in {str(one) for one in kept.WINDOWS} else USUAL
    table, placed = kept.read(days, now, domain), seeds.placements(days, now)
    found = map(_line, advice.findings(table, placed))
    return {
        "days": days, "windows": kept.WINDOWS, "sender": table.sender, "senders": choice.offered(domain), "counted_at": table.until if table.until != now else None, "sent": table.all.sent,
        "rows": [_row(one, table) for one in (table.all, *table.providers)] if table.all.sent else [],
        "columns": COLUMNS.values(), "chart": _chart(table), "weeks": [_row(one, table) for one in reversed(table.weeks)],
        "reasons": _reasons(table)[:MOST_REASONS], "seeds": [_placed(one) for one in placed],
        "findings": _grouped([*found, *_outside(domain)]), "short": days > settings.RELANCE.hot_days, "hot_days": settings.RELANCE.hot_days,
    }  # fmt: skip


def _row(fares: Fares, table: Table) -> Data:
    language = current()
    return {
        "name": choice.headed(fares.provider) if fares.provider else _("All providers"), "whole": not fares.provider,
        "week": fares.week, "sent": fares.sent, "few": 0 < fares.sent < figures.FEW,
        "shares": [_share(fares, name, label) for name, label in COLUMNS.items()],
        "wait": words.time(fares.wait_median, language), "late": words.time(fares.wait_late, language),
        "click": words.time(fares.click_median, language), "trend": _trend(fares, table),
    }  # fmt: skip


def _share(fares: Fares, name: str, label: Any) -> Data:
    """Return a share in words: its rate, its count and what its interval leaves possible."""
    language, share = current(), fares.share(name)
    if name == "complained" and fares.blind:
        return {"label": label, "blind": True}
    interval = share.interval
    return {
        "label": label, "rate": words.percent(share.rate, language), "part": share.part, "whole": share.whole,
        "between": words.between(interval.low, interval.high, language) if interval else "",
    }  # fmt: skip


def _trend(fares: Fares, table: Table) -> str:
    """Return how the last week's accepted share stands to the weeks before it, where their intervals are apart."""
    weeks = table.whole_weeks(fares.provider)
    if len(weeks) < 2:
        return ""
    last, before = weeks[-1].share("accepted"), weeks[:-1]
    earlier = figures.together([one.share("accepted") for one in before])
    if last.interval and earlier.interval:
        if last.interval.high < earlier.interval.low:
            return "down"
        if last.interval.low > earlier.interval.high:
            return "up"
    return "level"


def _chart(table: Table) -> Data | None:
    """Return the shares of each week as lines; nothing to draw of a single week."""
    if len(table.weeks) < 2:
        return None
    names = {"accepted": "primary", "clicked": "green", "returned": "red"}
    series = [
        {"name": str(COLUMNS[name]), "values": [week.share(name).rate for week in table.weeks], "colour": colour}
        for name, colour in names.items()
    ]
    categories = [tags.day(week.week) for week in table.weeks]
    return {"kind": "line", "categories": categories, "series": series, "unit": "percent", "min": 0, "max": 1}


def _reasons(table: Table) -> list[Data]:
    """Return why mails came back: each kind and code once, with the providers it came from."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for provider, kind, code, mails in table.reasons:
        found.setdefault((kind, code), []).append((choice.headed(provider), mails))
    lines = [
        {
            "kind": KINDS.get(kind, kind), "code": code, "means": CODES.get(code, ""), "mails": sum(mails for _, mails in where),
            "where": where,
        }
        for (kind, code), where in found.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda one: -one["mails"])


def _grouped(lines: list[Data]) -> list[Data]:
    """Return the findings with those of one level that ask for the same put together, in the order given."""
    found: dict[tuple[str, str], Data] = {}
    for one in lines:
        group = found.setdefault((one["level"], one["advice"]), one | {"sentences": []})
        group["sentences"].append(one["sentence"])
    return list(found.values())


def _placed(one: seeds.Placement) -> Data:
    shares = {place: getattr(one, place) / one.seeds for place in seeds.PLACES}
    return {
        "where": choice.headed(one.provider),
        "one": one,
        "inbox": shares["inbox"],
        "few": one.seeds < figures.FEW,
    }


def _line(finding: Any) -> Data:
    language = current()
    return {
        "level": sender_words.level(finding, language), "colour": outside.COLOURS[finding.level],
        "sentence": tags.typeset(words.sentence(finding, language)), "advice": tags.typeset(words.advice(finding, language)),
    }  # fmt: skip


def _outside(domain: str) -> list[Data]:
    """Return what the last examination of a domain found to be mended."""
    found = examination.latest(domain)
    return [outside.line(one) for one in found.findings if one.level == "fault"] if found else []
