"""Whom mails stop for because none was opened, and what counts as life after: SQL that the gate and the stage share.

CNIL, deliberation 2026-042 of 12 March 2026: the day of the last open may be kept without consent where it serves to stop
mailing, and nothing else. So only this and `feedback` read it.
"""

from __future__ import annotations

from django.conf import settings

from relance.events.schemas import LEGAL_CONTACTS

_TYPES = ", ".join(f"'{name}'" for name in LEGAL_CONTACTS)
# Since the end of a day: a mail opened, a contact that came from the person (as scored, or since then), a yes to our mails
# (`public`, since the gate's own statement calls something else `consent`).
_LIVED = """(
    EXISTS (SELECT FROM last_open WHERE last_open.contact_id = {contact} AND day > {since})
    OR EXISTS (SELECT FROM profile WHERE profile.contact_id = {contact} AND last_legal_contact_at >= {after})
    OR EXISTS (SELECT FROM event WHERE event.contact_id = {contact} AND type IN ({types})
                 AND occurred_at >= {after} AND occurred_at <= %(now)s)
    OR EXISTS (SELECT FROM public.consent word WHERE word.contact_id = {contact} AND given AND basis = 'opt_in'
                 AND at >= {after} AND at <= %(now)s)
)"""


def lived(contact: str, since: str) -> str:
    """Return the SQL that is true where a person gave a sign of life after the day `since`; parameters `now`, `zone`."""
    after = f"(({since} + 1)::timestamp AT TIME ZONE %(zone)s::text)"
    return _LIVED.format(contact=contact, since=since, after=after, types=_TYPES)


def fact(contact: str) -> str:
    """Return the SQL of the day since when a person is stopped; NULL for others, and a constant where nobody is."""
    if not settings.RELANCE.stop_unopened_days:
        return "NULL::date"
    return f"""(SELECT since FROM unopened WHERE unopened.contact_id = {contact} AND NOT {lived(contact, "unopened.since")})"""
