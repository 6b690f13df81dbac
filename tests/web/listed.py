"""Three people and the list of people they stand in."""

import re
from datetime import datetime, timedelta

from django.test import Client

from relance.contacts.models import Contact, ContactPoint
from tests.eligibility.people import anna, person


def names(client: Client, query: str) -> list[str]:
    """Return the first names of the list, in its order."""
    page = client.get(f"/people/?{query}").text
    return re.findall(r'<td class="people-who"><a [^>]*><strong>(\w+)', page)


def base(now: datetime) -> dict[str, Contact]:
    """Anna is dormant and buys; Boris bounced; Chloe buys in the shop."""
    found = {
        "anna": anna(now, state="dormant", last_name="Lefèvre", name_key="lefevre anna", external_id="C-1"),
        "boris": person("boris", now, last_name="Zola", name_key="zola boris", language="en"),
        "chloe": person("chloe", now, state="active", last_name="de la Tour", name_key="de la tour chloe"),
    }
    profiles = {name: contact.profile for name, contact in found.items()}
    for name, values in {
        "anna": {
            "value_band": "high",
            "last_purchase_at": now - timedelta(days=700),
            "state_since": now - timedelta(days=9),
        },
        "boris": {"unreachable": True, "last_legal_contact_at": None, "last_purchase_at": None, "policy": "b2b"},
        "chloe": {"false_inactive": True, "last_purchase_at": now - timedelta(days=3), "value_band": "low"},
    }.items():
        for field, value in values.items():
            setattr(profiles[name], field, value)
        profiles[name].save()
    Contact.objects.filter(pk=found["boris"].pk).update(first_seen_at=now - timedelta(days=2000))
    ContactPoint.objects.filter(contact=found["boris"]).update(
        valid=False, reason="mistyped", suggestion="boris@example.com"
    )
    return found
