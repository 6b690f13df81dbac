"""Gives the browser tests' shop a second sender, in whose name a part of its mails left; run as often as wanted."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.measurement.sender import examination
from relance.measurement.sender.findings import Finding
from relance.outbox.models import Message
from relance.senders import keeping, register
from tests.browser import fared
from tests.browser.clock import START
from tests.senders.files import outlet


def main() -> None:
    """Keep it, and write its mails."""
    fared.main()
    domain = outlet(START).domain
    fared_mails = Message.objects.filter(send_key__startswith="fared/", sender="default")
    if not Message.objects.filter(sender="outlet").exists():
        some = list(fared_mails.order_by("pk").values_list("pk", flat=True)[::3])
        Message.objects.filter(pk__in=some).update(sender="outlet")
    found = [Finding("mail_taken", "ok", {"domain": domain}), Finding("dmarc_missing", "fault", {"domain": domain})]
    examination.keep(examination.Examination(START, domain, found))


def undo() -> None:
    """Leave the shop with its one sender, as the other tests know it."""
    Message.objects.filter(sender="outlet").update(sender="default")
    if "outlet" in register.in_force():
        keeping.remove("outlet", START, by="Marie")


if __name__ == "__main__":
    undo() if "undo" in sys.argv else main()
    connection.close()
