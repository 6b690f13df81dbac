"""The report of a rehearsal: one self-contained page per language."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.eligibility import commercial_calendar
from relance.feedback import loops
from relance.hygiene import report as hygiene
from relance.measurement import limits, report
from relance.measurement.formats import typography
from relance.measurement.report.data import Assumptions, Mail, Period, ReportData, findings
from relance.rehearsal.rehearse import Rehearsal, judged
from relance.senders import register

LANGUAGES = ("fr", "en")
SHOWN_MAILS = 8


def write(rehearsal: Rehearsal, folder: Path) -> list[Path]:
    """Write the report in French and in English and return both files, the installation's language first."""
    start = rehearsal.options.start.astimezone(ZoneInfo(settings.RELANCE.time_zone))
    name = f"{rehearsal.options.journey}-{start:%Y-%m-%d}"
    known = data(rehearsal)
    ordered = sorted(LANGUAGES, key=lambda language: language != settings.RELANCE.language)
    return [report.write(known, folder / f"{name}.{language}.html", language) for language in ordered]


def data(rehearsal: Rehearsal) -> ReportData:
    """Return everything the report shows."""
    end = rehearsal.options.start + timedelta(days=rehearsal.options.days)
    unreachable, rest = findings(hygiene.report(rehearsal.options.start))
    return ReportData(
        result=rehearsal.result, before=rehearsal.before, after=rehearsal.after, starts_at=rehearsal.options.start,
        ends_at=end, simulated=True, shop=register.default().title(settings.RELANCE.language), currency=settings.RELANCE.currency,
        unreachable=unreachable, hygiene=rest, calendar=_calendar(rehearsal), mails=_mails(rehearsal),
        assumptions=Assumptions.of(rehearsal.options.rates.model_dump(), loops.domains()),
        remarks={language: remarks(rehearsal, language) for language in LANGUAGES}, titles=rehearsal.titles,
        step_titles=rehearsal.step_titles,
    )  # fmt: skip


ONE_DRAW = {
    "en": "One draw of simulated people (seed {seed}): another seed gives other figures, and no draw predicts a sale.",
    "fr": "Un seul tirage de personnes simulées (graine {seed}) : une autre graine donne d’autres chiffres, et aucun tirage ne prédit "
    "une vente.",
}  # fmt: skip


def remarks(rehearsal: Rehearsal, language: str) -> list[str]:
    """Return what to know of a rehearsal's figures: how they stand to a sender's limits, and that they are one draw."""
    draw = ONE_DRAW[language].format(seed=rehearsal.options.seed)
    return [limits.sentence(judged(rehearsal), language), typography(draw, language)]


def _calendar(rehearsal: Rehearsal) -> list[Period]:
    """Return the commercial periods from the start to two months after the end."""
    start = rehearsal.options.start
    end = start + timedelta(days=rehearsal.options.days + 60)
    found = commercial_calendar.blackouts(settings.RELANCE.country, start, end)
    return [
        Period({language: period.label(language) for language in LANGUAGES}, period.starts_at, period.ends_at)
        for blackout in found
        for period in blackout.periods
    ]


def _mails(rehearsal: Rehearsal) -> list[Mail]:
    """Return one mail of each step, subject and language, as it would have left."""
    shown = []
    for (version, variant, language), samples in sorted(rehearsal.mails.samples.items()):
        raw = next((sample.mail for sample in samples if sample.mail), None)
        if raw is not None:
            shown.append(_mail(raw, rehearsal.steps.get(version, ""), variant, language))
    return shown[:SHOWN_MAILS]


def _mail(raw: bytes, step: str, variant: str, language: str) -> Mail:
    """Return the subject and HTML of a mail."""
    read = email.message_from_bytes(raw, policy=email.policy.default)
    body = read.get_body(("html",))
    return Mail(step, variant, language, str(read["Subject"]), str(body.get_content()) if body is not None else "")
