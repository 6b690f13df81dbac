"""The legal clock: the gate, the figure of the health of the base and the list of people count the same people."""

from datetime import datetime, timedelta

import pytest

from relance.contacts import reach
from relance.contacts.models import Contact
from relance.dormancy.models import Profile
from relance.eligibility import gate
from relance.measurement import health
from relance.web.people import filters

from .people import anna, message, person

pytestmark = pytest.mark.usefixtures("db")

SECOND = timedelta(seconds=1)


def test_gate_figure_and_list_say_the_same_of_everybody(now: datetime) -> None:
    anna(now)
    limit = reach.kept_since(now)
    clocks = [(limit, limit), (limit, None), (limit + SECOND, None), (limit, limit + SECOND), (now, limit - SECOND)]
    for number, (first, last) in enumerate(clocks):
        one = person(f"p{number}", now)
        Contact.objects.filter(pk=one.pk).update(first_seen_at=first)
        Profile.objects.filter(contact=one).update(last_legal_contact_at=last)
    unscored = person("unscored", now)
    Profile.objects.filter(contact=unscored).delete()
    Contact.objects.filter(pk=unscored.pk).update(first_seen_at=limit)
    everybody = list(Contact.objects.all())
    verdicts = gate.check([message(one, now) for one in everybody], now)
    due = {one.pk for one, verdict in zip(everybody, verdicts, strict=True) if verdict.code == "retention_due"}
    found = health.read(now)
    assert due == set(Contact.objects.filter(filters._due(now)).values_list("pk", flat=True))
    assert (len(due), found.due_for_erasure, found.due_no_sign) == (4, 4, 2)
