"""Gives the browser tests' shop weeks of mails at several providers and the results of a seed list, to be looked at.

The mails belong to no journey and left no event, so that the rest of the shop stays as it is; run as often as wanted.
"""

import os
import tempfile
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.contacts.models import ContactPoint
from relance.measurement.deliverability import seeds
from relance.outbox.models import Message
from tests.browser.clock import START

RETURNS = {3: "hard: 550 5.1.1 no such user", 11: "block: 550 5.7.1 refused", 17: "soft: 452 4.2.2 full"}
SEEDS = "date,provider,campaign,inbox,spam,missing\n2026-07-20,Gmail,July,9,1,0\n2026-07-20,Orange,July,3,4,1\n"


def main() -> None:
    """Write them, unless they are there."""
    if Message.objects.filter(send_key__startswith="fared/").exists():
        return
    points = list(ContactPoint.objects.filter(channel="email", valid=True).order_by("pk")[:900])
    Message.objects.bulk_create(
        [_mail(number, point, week) for week in range(4) for number, point in enumerate(points) if number % 4 >= week]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seeds.csv"
        path.write_text(SEEDS)
        seeds.bring(path, by="Marie", now=START)


def _mail(number: int, point: ContactPoint, week: int) -> Message:
    at = START - timedelta(days=2 + 7 * week, minutes=number)
    reason = RETURNS.get(number % (23 + 20 * week), "")
    return Message(
        contact_id=point.contact_id, contact_point_id=point.pk, channel="email", purpose="promotion", template_version_id=1,
        send_key=f"fared/{week}", state="bounced" if reason else "delivered", reason=reason, sent_at=at, created_at=at,
        not_before=at - timedelta(seconds=40 + number), expires_at=at + timedelta(days=3),
    )  # fmt: skip


if __name__ == "__main__":
    main()
    connection.close()
