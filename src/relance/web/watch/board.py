"""What is known of a journey that runs: people, messages, rates with their intervals, refusals, the canary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from relance.eligibility.reasons import REASONS
from relance.journeys import definition, launches, publishing
from relance.journeys.models import Enrolment, Journey, Launch, Tally, Version
from relance.measurement import checklist, launching, tallies, waterfall
from relance.web import standings, tags, titles
from relance.web.people import words as people_words
from relance.web.standings import Standing

FAILURES: dict[str, Any] = {
    "no_mailbox": _("the mailbox does not exist"),
    "hard": _("the mailbox does not exist"),
    "soft": _("may be temporary (mailbox full…)"),
    "refused": _("refused by the mailbox provider"),
    "later": _("put off by the mailbox provider"),
    "gave_up": _("refused too many times"),
    "connection_lost": _("the mail server was cut off"),
    "cut_off": _("the mail server was cut off while sending"),
    "lease_lost": _("Relance was cut off while sending"),
    "provider_limit": _("their mailbox provider gets no more at once"),
    "provider_pause": _("their mailbox provider asked for fewer messages"),
    "channel_shut": _("the mail server takes nothing for now"),
    "render": _("the text could not be written"),
    "no_address": _("the address went meanwhile"),
    "resolved": _("settled by a person"),
    "overdue": _("late after an outage"),
    "cancelled": _("cancelled by a person"),
}
TOLD: dict[str, tuple[Any, Any]] = {
    "delivered": (_("Delivered"), _("Of the messages sent, those a day went by without a bounce.")),
    "bounced": (_("Bounced"), _("Of the messages sent, those that came back.")),
    "clicked": (_("Clicked"), _("Of the messages that did not bounce, those clicked by a person.")),
    "replied": (_("Replied"), _("Of the messages that did not bounce, those answered.")),
    "unsubscribed": (_("Unsubscribed"), _("Of the messages that did not bounce, those that led to an unsubscribe.")),
    "complained": (_("Marked as spam"), _("Of the messages that did not bounce. Gmail tells no sender who complained, so the true rate is higher.")),
}  # fmt: skip
HARM = frozenset({"bounced", "unsubscribed", "complained"})
WAITS = frozenset({"deferred", "held"})
LATE = timedelta(seconds=30)  # figures older than this say of when they are


@dataclass(frozen=True)
class Rate:
    """A share with its interval at 95 %, by person, and a mark where it is one to worry about."""

    label: Any
    count: int
    of: int
    low: float | None
    high: float | None
    meaning: Any
    harm: bool = False

    @property
    def share(self) -> float | None:
        """Return the share."""
        return self.count / self.of if self.of else None

    @property
    def scale(self) -> float:
        """Return the share at the right end of its line: all, or little for what is rare."""
        return next((end for end in (0.01, 0.05, 0.2) if (self.high or 0) <= end), 1.0)

    @property
    def low_text(self) -> str:
        """Return where the interval begins, in words: nothing at all without decimals."""
        return tags.percent(self.low, 2 if self.low else 0)

    @property
    def svg_low(self) -> str:
        """Return where the interval begins, of a hundred."""
        return f"{100 * (self.low or 0) / self.scale:.2f}"

    @property
    def svg_width(self) -> str:
        """Return how wide the interval is."""
        return f"{100 * ((self.high or 0) - (self.low or 0)) / self.scale:.2f}"

    @property
    def svg_point(self) -> str:
        """Return where the share stands."""
        return f"{100 * (self.share or 0) / self.scale:.2f}"


@dataclass(frozen=True)
class Refusal:
    """Messages held back or made to wait for one reason."""

    code: str
    label: str
    state: str
    people: int
    waits: bool


def started() -> list[Journey]:
    """Return the journeys that run, were approved, or have people in them; the running ones first."""
    people = Enrolment.objects.filter(journey=OuterRef("pk"))
    known = Journey.objects.filter(
        Q(running=True) | Exists(people) | Exists(Launch.objects.filter(journey=OuterRef("pk")))
    )
    return list(known.order_by("-running", "name"))


def journeys(now: datetime) -> list[dict[str, Any]]:
    """Return the same of every journey that was started; what one statement tells of all is asked once."""
    found = started()
    known, called = _known(found, now), titles.journeys([one.pk for one in found])
    return [_shown(one, known, called[one.pk], now) for one in found]


def journey(found: Journey, now: datetime) -> dict[str, Any]:
    """Return everything the pages show of a journey."""
    known = _known([found], now)
    version = known.version(found)
    return _shown(found, known, titles.of(version) if version else found.name, now)


@dataclass(frozen=True)
class Known:
    """What one statement each tells of all the journeys shown, by their ids."""

    tallies: Mapping[int, Tally]
    launches: Mapping[int, Launch]
    latest: Mapping[int, Version]
    standings: Mapping[int, Standing]

    def version(self, journey: Journey) -> Version | None:
        """Return the version people enter: the approved one, else the latest."""
        launch = self.launches.get(journey.pk)
        return launch.version if launch else self.latest.get(journey.pk)


def _known(journeys: Sequence[Journey], now: datetime) -> Known:
    ids = [one.pk for one in journeys]
    return Known(
        tallies.of_all(journeys, now),
        launches.all_in_force(ids),
        publishing.all_latest(ids),
        standings.of(journeys, now),
    )


def _shown(found: Journey, known: Known, title: str, now: datetime) -> dict[str, Any]:
    tally, launch, version = known.tallies[found.pk], known.launches.get(found.pk), known.version(found)
    latest, standing, figures = known.latest.get(found.pk), known.standings[found.pk], tally.figures
    written = definition.of(version) if version else None
    return {
        "journey": found, "title": title, "running_version": version, "launch": launch,
        "tally": tally, "figures": figures, "sent": tallies.sent(figures), "rates": rates(figures), "refusals": refusals(figures),
        "held": sum(figures["refused"].values()), "coming": [(date.fromisoformat(day), count) for day, count in figures["coming"]],
        "goal": figures["ends"].get("goal", 0), "canary": canary(launch, now), "holdout": written.holdout if written else None,
        "standing": standing, "newer": latest if latest and version and latest.number > version.number else None, "never_started": standing.code == "unlaunched", "ends": _ends(figures["ends"]),
        "hot_days": settings.RELANCE.hot_days, "late": now - tally.at > LATE,
        "older": tallies.rate(figures, "delivered")[1] < tallies.sent(figures),
        "waiting": sum(figures["messages"].get(state, 0) for state in ("held", "ready", "deferred", "claimed")),
    }  # fmt: skip


def canary(launch: Launch | None, now: datetime) -> dict[str, Any] | None:
    """Return the canary that waits for its release: how many it has, how many wait behind it."""
    if launch is None or launch.canary is None:
        return None
    counts = launch.figures.get("counts", {})
    entered = launching.entered(launch, now)
    departs = entered or launching.departure(launch, now)
    return {
        "people": counts.get("canary", 0), "control": counts.get("canary_control", 0), "waiting": waterfall.following(counts),
        "begun": entered is not None, "departs": departs, "asked": launch.start_at,
        "period": entered is None and departs > max(launch.start_at, now),
        "far": checklist.far_ahead(launch.plan) if launch.plan else 0,
    }  # fmt: skip


def rates(figures: Mapping[str, Any]) -> list[Rate]:
    """Return the rates, each a share of the messages of the last `hot_days` that could have been answered so."""
    counted = {name: tallies.rate(figures, name) for name in tallies.RATES}
    return [_rate(figures, name, *counts) for name, counts in counted.items()] if counted["delivered"][1] else []


def _rate(figures: Mapping[str, Any], name: str, count: int, of: int) -> Rate:
    label, meaning = TOLD[name]
    interval = tallies.interval(figures, name) if of > 0 and count <= of else None
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Rate(label, count, of, low, high, meaning, name in HARM)


def refusals(figures: Mapping[str, Any]) -> list[Refusal]:
    """Return why messages were held back or wait, the most frequent first."""
    found = [(key.partition(":"), count) for key, count in figures["refused"].items()]
    rows = [Refusal(code, reason(code), state, count, state in WAITS) for (state, _sep, code), count in found]
    return sorted(rows, key=lambda row: -row.people)


def reason(text: str) -> str:
    """Return what the code is called that a reason begins with: a verdict's or a failure's."""
    code = text.partition(":")[0].partition(" ")[0]
    if code in REASONS:
        return people_words.word(people_words.VERDICTS, code)
    return str(FAILURES.get(code, code or _("no reason noted")))


def _ends(ends: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    named = [
        (str(_("stopped by a person")) if reason == launches.STOPPED else people_words.ending(reason), count)
        for reason, count in ends.items()
    ]
    return sorted(named, key=lambda one: -one[1])


def told(figures: Mapping[str, Any]) -> dict[str, int]:
    """Return what is written down with a release: what was known then."""
    messages, answers = figures["messages"], figures["answers"]
    return {
        "sent": tallies.sent(figures), "bounced": messages.get("bounced", 0), "complained": answers.get("complained", 0),
        "unsubscribed": answers.get("unsubscribed", 0), "clicked": answers.get("clicked", 0),
    }  # fmt: skip
