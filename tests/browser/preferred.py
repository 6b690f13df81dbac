"""Prints the address of a preference page of the browser tests' shop: of somebody of a language who was written to.

`python -m tests.browser.preferred fr [NUMBER]`: people are counted from 0, so that a test has somebody to itself.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.contacts.models import Contact
from relance.delivery import tokens
from relance.outbox.models import Message


def main(language: str, number: int = 0) -> None:
    """Print it, from the last person on."""
    sent = Message.objects.filter(contact_point_id__isnull=False).order_by("-pk")
    Contact.objects.filter(pk=sent[number].contact_id).update(language=language)
    print(f"/p/{tokens.unsubscribe(sent[number].pk, sent[number].uuid)}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
    connection.close()
