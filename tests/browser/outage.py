"""Gives the browser tests' shop an outage: overdue messages (`held`) or a database put back (`restored`); `remove` ends both.

Run on its data folder, as often as wanted.
"""

import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.contacts.models import Contact
from relance.core import database
from relance.journeys.models import Journey
from relance.outbox.models import Message
from relance.outbox.pulse import Restoration, TeamAlert
from relance.rehearsal import demonstration
from tests.browser.clock import START

KEY, MANY = "outage/", 14


def written(state: str) -> None:
    """Write messages of the shop's journey, due over a day some days ago."""
    if Message.objects.filter(send_key__startswith=KEY).exists():
        return
    journey, like = Journey.objects.get(name=demonstration.JOURNEY), Message.objects.order_by("pk").first()
    assert like
    Message.objects.bulk_create(
        Message(
            contact_id=person, channel="email", purpose=like.purpose, journey_id=journey.pk, version_id=like.version_id,
            step=like.step, template_version_id=like.template_version_id, variant=like.variant, send_key=f"{KEY}{number}",
            state=state, reason="overdue" if state == "held" else "", not_before=START - timedelta(days=4, hours=number),
            due_since=START - timedelta(days=4, hours=number), expires_at=START + timedelta(days=3), created_at=START,
        )
        for number, person in enumerate(Contact.objects.order_by("pk").values_list("pk", flat=True)[:MANY])
    )  # fmt: skip


def restored() -> None:
    """Have the database put back an hour after its last sign of life, with messages due."""
    written("ready")
    Restoration.objects.get_or_create(
        settled_at=None,
        defaults={
            "kind": "went_back", "noticed_at": START, "snapshot_at": START - timedelta(days=5), "known_at": START - timedelta(days=3),
            "proven": 212,
        },
    )  # fmt: skip


def remove() -> None:
    """Leave the shop as it was."""
    Message.objects.filter(send_key__startswith=KEY).delete()
    Restoration.objects.all().delete()
    TeamAlert.objects.all().delete()


if __name__ == "__main__":
    database.start()
    {"held": lambda: written("held"), "restored": restored, "remove": remove}[sys.argv[1]]()
    connection.close()
