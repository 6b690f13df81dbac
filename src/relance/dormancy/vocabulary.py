"""The fields dormancy owns in the rule language, and the relation `person` they are columns of."""

from relance.dormancy.models import State
from relance.rules import CONTACTS, Field
from relance.rules.vocabulary import BOOLEAN, CONTACT_COLUMNS, DATE, NUMBER, TEXT

FEATURES = {
    name: Field(NUMBER, name, hot=False)
    for name in ("orders", "frequency", "recency", "T", "monetary_value", "revenue", "mean_interval", "overdue_ratio")
}

STANDING = {
    "state": Field(TEXT, "state", values=tuple(State.values)),
    "state_since": Field(DATE, "state_since"),
    "policy": Field(TEXT, "policy"),
    "points": Field(NUMBER, "points"),
    "value_band": Field(TEXT, "value_band", values=("none", "low", "medium", "high")),
    "last_purchase": Field(DATE, "last_purchase_at"),
    "last_engagement": Field(DATE, "last_engagement_at"),
    "last_legal_contact": Field(DATE, "last_legal_contact_at"),
    "false_inactive": Field(BOOLEAN, "false_inactive"),
    "out_of_target": Field(BOOLEAN, "out_of_target"),
    "unreachable": Field(BOOLEAN, "unreachable"),
}

# What a policy may ask while people are being scored: features, not yet states.
SCORED = CONTACTS.with_fields(FEATURES)

_STANDING_COLUMNS = ", ".join(f"profile.{field.column}" for field in STANDING.values())

# What segments and journeys may ask of people already scored.
PEOPLE = CONTACTS.with_fields(
    {**FEATURES, **STANDING},
    person=(
        f"SELECT {CONTACT_COLUMNS}, {_STANDING_COLUMNS} FROM contact "
        "LEFT JOIN profile ON profile.contact_id = contact.id WHERE contact.erased_at IS NULL"
    ),
)

# Whether no address of a contact is known to work, in PostgreSQL.
UNREACHABLE = "NOT EXISTS (SELECT 1 FROM contact_point p WHERE p.contact_id = contact.id AND p.valid IS NOT FALSE)"

# Whether a contact consented to opens being recorded, in PostgreSQL at an instant: the latest word of the ledger on the
# topic `opens` of e-mail. A person who never said anything did not consent.
OPENS_CONSENTED = """COALESCE((
    SELECT c.given AND (c.expires_at IS NULL OR c.expires_at > {now}) FROM consent c
    WHERE c.contact_id = contact.id AND c.topic = 'opens' AND c.channel = 'email' AND c.at <= {now}
    ORDER BY c.at DESC, c.id DESC LIMIT 1), false)"""
