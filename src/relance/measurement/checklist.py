"""What must be so before a journey begins: looked at, never ticked; each point says why and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.content.models import TemplateVersion
from relance.core import hosts
from relance.core.dates import day
from relance.eligibility import permission
from relance.eligibility.ramp import foreseeing
from relance.journeys import definition, installation, publishing, senders, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import LaunchPlan, LaunchRehearsal, Version
from relance.measurement import launch_hours, trials, waterfall
from relance.measurement.checklist_words import SETTINGS, WORDS
from relance.measurement.formats import number, typography
from relance.measurement.preflight import overriding
from relance.outbox.models import OWED
from relance.segments.definitions import titles
from relance.segments.models import Segment
from relance.senders.sender import EXAMPLE

FRESH = timedelta(days=2)  # a segment not refreshed for longer missed two nights
PLAN_LASTS = timedelta(days=1)
PLAN_HOLDS = timedelta(days=30)  # between a plan and its start; what was found may have changed by a later one
# The calendar, the opt-outs, the plan.
OWN_POINTS = frozenset(
    {"commercial_period", "no_window", "no_window_at_all", "opt_outs_unknown", "nobody", "all_control"}
)
OF_THE_SENDER = frozenset({"sender_example", "no_postal_address", "shop_unset"})  # which the page of senders settles
NO_TRIAL = "plan_no_trial"  # which the launch page says beside the bars
OFFER = "offer_code"  # what the approver says, code by code, to have seen to


@dataclass(frozen=True)
class Check:
    """One point: `ok`, `warning` or `blocking`; its code, and what its words speak of."""

    subject: str
    level: str
    code: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return what is so, why it matters, and what to do."""
        said = {name: _said(value, language) for name, value in self.details.items()}
        return typography(WORDS[language][self.code].format(**said), language)

    @property
    def settings(self) -> str:
        """Return the settings of the installation that settle it, where any do."""
        return SETTINGS.get(self.code, "") if self.level != "ok" else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the point as it is kept with the approval."""
        return {"subject": self.subject, "level": self.level, "code": self.code, "sentence": self.sentence("en")}


def _said(value: Any, language: str) -> Any:
    """Return a detail as people read it."""
    if isinstance(value, datetime):
        return day(value.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date(), language)
    if isinstance(value, Mapping):
        return value[language]
    return number(value, language) if isinstance(value, int) else value


def review(version: Version, plan: LaunchPlan | None, now: datetime) -> list[Check]:
    """Return every point, in the order people go through them."""
    written = definition.of(version)
    return [
        *_plan(version, plan, now), *_segment(written, now), _opt_outs(written), *_sending(version), *_templates(version, written),
        *_offers(written), *_lint(written, now),
        _period(version, written, plan, now), _control(written), _rehearsed(version), *_preflight(version, plan),
    ]  # fmt: skip


def _plan(version: Version, plan: LaunchPlan | None, now: datetime) -> Iterator[Check]:
    """Somebody looked at who would get it, lately, and somebody would."""
    if plan is None or plan.made_at is None:
        yield Check("plan", "blocking", "plan_missing")
    elif plan.version_id != version.pk:
        yield Check("plan", "blocking", "plan_of_another_version", {"number": version.number})
    elif now - plan.made_at > PLAN_LASTS:
        yield Check("plan", "blocking", "plan_old", {"at": plan.made_at})
    elif plan.start_at <= now - timedelta(hours=1):
        yield Check("plan", "blocking", "plan_past")
    elif not (counts := plan.figures["counts"]).get("canary"):
        yield Check("plan", "blocking", "plan_empty")
    else:
        yield _counted(version, plan)
        if far := far_ahead(plan):
            yield Check("plan", "warning", "plan_far", {"days": far, "start": plan.start_at})
        if trials.no_trial(plan):
            eligible = trials.eligible(plan)
            many = {"canary": counts["canary"], "eligible": eligible, "trial": trials.proposed(eligible)}
            yield Check("plan", "warning", NO_TRIAL, many)


def _counted(version: Version, plan: LaunchPlan) -> Check:
    """Who an approval of the plan lets in, and what becomes of the others."""
    counts = plan.figures["counts"]
    known = {"at": plan.made_at, "people": counts["canary"]}
    steps = plan.figures.get("preflight", {}).get("ramp", {}).get("steps", [])
    written = definition.of(version)
    if not written.reactivates or not waterfall.following(counts) or not steps or "silence" not in steps[0]:
        return Check("plan", "ok", "plan_ok", known)
    start = launch_hours.departure(written, plan.start_at)
    among = {"silence": steps[0]["silence"], "others": waterfall.following(counts), "start": start}
    return Check("plan", "ok", "plan_ok_steps", known | among)


def far_ahead(plan: LaunchPlan) -> int:
    """Return how many days before its start a plan was worked out, where that is too long for its figures to hold; else 0."""
    ahead = plan.start_at - (plan.made_at or plan.asked_at)
    return ahead.days if ahead > PLAN_HOLDS else 0


def _segment(written: JourneyDefinition, now: datetime) -> Iterator[Check]:
    name = written.entry.segment
    segment = Segment.objects.filter(name=name).first()
    called = titles(segment, WORDS) if segment else dict.fromkeys(WORDS, name)
    if segment is None or segment.refreshed_at is None:
        yield Check("segment", "blocking", "segment_never", {"name": called})
    elif now - segment.refreshed_at > FRESH:
        yield Check("segment", "warning", "segment_old", {"name": called, "at": segment.refreshed_at})
    elif segment.people == 0:
        yield Check("segment", "warning", "segment_empty", {"name": called, "at": segment.refreshed_at})
    else:
        yield Check("segment", "ok", "segment_ok", {"name": called, "at": segment.refreshed_at})


def _opt_outs(written: JourneyDefinition) -> Check:
    if written.purpose in OWED:
        return Check("opt_outs", "ok", "opt_outs_not_needed")
    known = permission.opt_outs_known()
    return Check("opt_outs", "ok" if known else "blocking", "opt_outs_ok" if known else "opt_outs_missing")


def _sending(version: Version) -> Iterator[Check]:
    """What recipients and mailbox providers will see, as `relance check` looks at it; it blocks once mails really leave."""
    ours, sender = settings.RELANCE, senders.of_version(version)
    leave = ours.mails_leave or bool(sender.relays)
    local = hosts.here(urlsplit(ours.base_url).hostname)
    wrong = [
        code
        for code, fault in (
            ("sender_example", sender.domain == EXAMPLE),
            ("no_postal_address", not sender.postal_address),
            ("relays_unset", bool(sender.relays) and sender.relays not in ours.relay_groups),
            ("shop_unset", sender.shop_url == type(ours).model_fields["shop_url"].default),
            ("links_here", local),
            ("links_not_https", not local and not ours.base_url.startswith("https://")),
        )
        if fault
    ]
    if not leave:
        yield Check("sending", "warning", "nothing_leaves")
    for code in wrong:
        yield Check("sending", "blocking" if leave else "warning", code)
    if leave and not wrong:
        yield Check("sending", "ok", "sending_ok")


def _templates(version: Version, written: JourneyDefinition) -> Iterator[Check]:
    """Every message has both languages; a newer text than the one this version sends is told."""
    own = TemplateVersion.objects.filter(pk__in=version.templates.values()).select_related("template")
    halves = [one.template.name for one in own if not {"fr", "en"} <= set(one.compiled)]
    latest = installation.latest_templates(written)
    older = [name for name, pk in version.templates.items() if name in latest and latest[name].pk != pk]
    if halves:
        yield Check("templates", "blocking", "templates_half", {"names": ", ".join(sorted(halves))})
    if older:
        yield Check("templates", "warning", "templates_newer", {"names": ", ".join(sorted(older))})
    if not halves and not older:
        yield Check("templates", "ok", "templates_ok", {"count": len(tree.sends(written.nodes))})


def _offers(written: JourneyDefinition) -> Iterator[Check]:
    """Each code that a message promises: whether the shop knows it, only a person can say."""
    codes = {send.offer.code for _, send in tree.sends(written.nodes) if send.offer is not None}
    for code in sorted(codes):
        yield Check("offers", "warning", OFFER, {"code": code})


def _lint(written: JourneyDefinition, now: datetime) -> Iterator[Check]:
    found = publishing.findings(written, now)
    if not found:
        yield Check("lint", "ok", "lint_ok")
    for finding in found:
        level = "blocking" if finding.level == "error" else "warning"
        yield Check("lint", level, "lint_finding", {"en": finding.english, "fr": finding.french})


def _period(version: Version, written: JourneyDefinition, plan: LaunchPlan | None, now: datetime) -> Check:
    ramp = foreseeing.days(version, now) if written.reactivates else 0
    start = plan.start_at if plan else launch_hours.good_hour(written, now, ramp)
    seen = launch_hours.window(written, start)
    if not written.reactivates:
        return Check("period", "ok", "period_not_needed")
    if seen.fits:
        return Check("period", "ok", "period_ok" if seen.days > 1 else "period_ok_day", {"days": seen.days})
    if seen.never:
        return Check("period", "blocking", "period_never", {"days": seen.days})
    labels = {language: seen.period.label(language) if seen.period else "" for language in ("en", "fr")}
    if plan and "commercial_period" in overriding.covered(written.journey, plan.version.number, plan.start_at):
        return Check("period", "warning", "period_overridden", {**labels, "until": seen.until, "opens": seen.next_at})
    return Check(
        "period",
        "blocking",
        "period_near" if seen.days > 1 else "period_near_day",
        {**labels, "days": seen.days, "until": seen.until, "next": launch_hours.better(written, start, now, ramp)},
    )


def _preflight(version: Version, plan: LaunchPlan | None) -> Iterator[Check]:
    """What the pre-flight found against this start, apart from what has a point of its own here."""
    judged = plan.figures.get("preflight") if plan and plan.version_id == version.pk else None
    if plan is None or judged is None:
        return
    over = overriding.covered(judged["journey"], version.number, plan.start_at)
    against = [one for one in judged["findings"] if one["level"] == "blocking" and one["code"] not in OWN_POINTS | over]
    for one in against:
        yield Check("preflight", "blocking", "preflight_blocks", one["sentences"])
    if not against:
        level = "ok" if judged["advice"] == "go" else "warning"
        yield Check("preflight", level, f"preflight_{judged['advice']}")


def _control(written: JourneyDefinition) -> Check:
    share = f"{written.holdout * 100:g}"
    return (
        Check("control", "ok", "control_ok", {"share": share})
        if written.holdout
        else Check("control", "warning", "control_missing")
    )


def _rehearsed(version: Version) -> Check:
    done = LaunchRehearsal.objects.filter(version=version, made_at__isnull=False).order_by("-pk").first()
    if done is None or done.made_at is None:
        return Check("rehearsal", "warning", "rehearsal_missing", {"number": version.number})
    return Check("rehearsal", "ok", "rehearsal_ok", {"number": version.number, "at": done.made_at})
