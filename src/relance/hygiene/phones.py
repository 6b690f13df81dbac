"""Telephone numbers turned into E.164 by the contact's country; wrong ones flagged."""

from __future__ import annotations

from datetime import datetime

import phonenumbers
from django.conf import settings
from django.db import transaction
from phonenumbers import NumberParseException, PhoneNumberType

from relance.core import database
from relance.hygiene.addresses import copy

# French mobile numbers of the ranges that are all in use (06 without the overseas ones, 073 to 079) need no library.
FRENCH_MOBILE = r"^(\+33|0033|33)?0?(6(?!39|9[0-7])\d{8}|7[3-9]\d{7})$"
NUMBERS = """
    CREATE TEMP TABLE number ON COMMIT DROP AS
    SELECT point.id, point.channel, point.value, upper(coalesce(nullif(contact.country, ''), %s)) AS country,
           regexp_replace(point.value, '[[:space:]().\u00a0\u202f/-]+', '', 'g') AS digits,
           NULL::text AS normal, ''::text AS reason
    FROM contact_point AS point JOIN contact ON contact.id = point.contact_id
    WHERE point.channel IN ('sms', 'phone') AND point.valid IS NULL
"""
ORDINARY = f"""
    UPDATE number SET normal = '+33' || right(digits, 9)
    WHERE country = 'FR' AND digits ~ '{FRENCH_MOBILE}' AND length(digits) >= 9
"""
PARSED = """
    UPDATE number SET normal = parsed.normal, reason = parsed.reason FROM parsed
    WHERE parsed.channel = number.channel AND parsed.digits = number.digits AND parsed.country = number.country
"""
# A contact that had one number in two spellings keeps it once.
TWICE = """
    DELETE FROM contact_point AS point USING (
        SELECT number.id,
               row_number() OVER (PARTITION BY p.contact_id, p.channel, number.normal ORDER BY number.id) AS place,
               EXISTS (SELECT 1 FROM contact_point AS old
                       WHERE old.contact_id = p.contact_id AND old.channel = p.channel
                         AND old.value = number.normal AND old.valid IS NOT NULL) AS known
        FROM number JOIN contact_point AS p ON p.id = number.id WHERE number.normal IS NOT NULL
    ) AS double
    WHERE point.id = double.id AND (double.place > 1 OR double.known)
"""
VERDICT = """
    UPDATE contact_point AS point SET
        value = coalesce(number.normal, point.value), valid = number.reason = '', reason = number.reason,
        checked_at = %s
    FROM number WHERE point.id = number.id
"""


def judge(now: datetime) -> int:
    """Normalise and judge the numbers not yet judged and return how many there were."""
    with transaction.atomic():
        count = database.execute(NUMBERS, [settings.RELANCE.country])
        if count == 0:
            return 0
        database.execute(ORDINARY)
        odd = database.rows("SELECT DISTINCT channel, digits, country FROM number WHERE normal IS NULL")
        columns = "channel text, digits text, country text, normal text, reason text"
        parsed = ((channel, digits, country, *parse(digits, country, channel)) for channel, digits, country in odd)
        copy("parsed", columns, parsed)
        database.execute(PARSED)
        database.execute(TWICE)
        database.execute(VERDICT, [now])
        return count


def parse(digits: str, country: str, channel: str) -> tuple[str | None, str]:
    """Return the number in E.164, or None, and what is wrong: `number`, or `landline` for a text message."""
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException:
        return None, "number"
    if not phonenumbers.is_possible_number(number):  # lists of ranges in use go stale, and spare the fictional ones
        return None, "number"
    fixed = phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal, "landline" if fixed and channel == "sms" else ""
