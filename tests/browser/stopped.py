"""Gives the browser tests' shop a breaker that opened, as worth looking at: run on its data folder, as often as wanted.

With `mend` it takes all of that away again: what blocks a launch. The shop's own mailboxes are none of SFR's, so nothing else of the shop waits for this stop.
"""

import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.eligibility.breaker import counting, stage
from relance.eligibility.breaker.models import (
    BreakerAlert,
    BreakerCohort,
    BreakerCount,
    BreakerOpening,
    BreakerPoint,
    BreakerScope,
    QuarantinedBounce,
)
from relance.journeys.models import Journey
from relance.measurement.models import SenderExamination
from relance.measurement.sender import examination
from relance.measurement.sender.findings import Finding
from relance.outbox.models import Message
from relance.rehearsal import demonstration
from tests.browser.clock import START

HOURS = (1, 0, 1, 3, 5, 30)  # hard bounces of a hundred messages each
HELD = 6


def main() -> None:
    """Count what came back over some hours, judge it as it came, and keep an examination of the sender."""
    examination.keep(examination.Examination(START, counting.sender(), findings()))
    if BreakerOpening.objects.filter(closed_at=None, scope__provider="sfr").exists():
        return
    journey = Journey.objects.get(name=demonstration.JOURNEY).pk
    closed = BreakerOpening.objects.exclude(closed_at=None).order_by("-closed_at").first()
    begin = closed.closed_at if closed else START - timedelta(days=1)
    step = timedelta(milliseconds=10) if closed else timedelta(hours=1)  # again: after the closing, before the next one
    for number, bounced in enumerate(HOURS, start=1):
        at = begin + number * step
        BreakerCount.objects.create(
            journey_id=journey, sender=counting.sender(), provider="sfr", cohort=at, sends=100, told=100, hard_bounce=bounced
        )  # fmt: skip
        stage.run(at + step / 2)
    held(BreakerOpening.objects.get(closed_at=None, scope__provider="sfr", scope__journey_id=journey))


def mend() -> None:
    """Leave the sender as if nothing had come back and nobody had examined it."""
    for model in (QuarantinedBounce, BreakerAlert, BreakerPoint, BreakerOpening):
        model.objects.all().delete()
    for counted in (BreakerScope, BreakerCohort):
        counted.objects.filter(provider="sfr").delete()
    SenderExamination.objects.all().delete()


def held(stop: BreakerOpening) -> None:
    """Put some bounces in its quarantine: of addresses that do not rest, so that a decision leaves the shop as it is."""
    taken = QuarantinedBounce.objects.values("message_id")
    free = Message.objects.filter(contact_point_id__isnull=False).exclude(pk__in=taken)[:HELD]
    QuarantinedBounce.objects.bulk_create(
        [
            QuarantinedBounce(opening=stop, message_id=one.pk, contact_point_id=one.contact_point_id, at=stop.opened_at)
            for one in free
        ]
    )


def findings() -> list[Finding]:
    """Return one finding of each level, and some more."""
    domain, address = counting.sender(), "192.0.2.25"
    return [
        Finding("spf_passes", "ok", {"address": address, "domain": domain}),
        Finding("mail_taken", "ok", {"domain": domain}),
        Finding("dkim_unnamed", "advice", {"domain": domain}),
        Finding("dmarc_watches", "advice", {"domain": domain}),
        Finding("reverse_missing", "fault", {"address": address}),
        Finding("listed", "fault", {"subject": address, "zone": "bl.example.net", "reason": "Seen at a trap."}),
        Finding("list_refuses", "unknown", {"zone": "zen.spamhaus.org"}),
    ]


if __name__ == "__main__":
    mend() if "mend" in sys.argv else main()
    connection.close()
