"""Headers and the fields they name."""

import pytest

from relance.core.errors import InputError
from relance.intake import mapping
from relance.intake.options import Options

FRENCH = ("Adresse e-mail", "PRÉNOM", "nom", "Code Postal", "Téléphone portable", "Date d'inscription", "N° client")


def test_french_headers_map_by_themselves() -> None:
    found = mapping.map_columns("contacts", FRENCH, Options())
    assert list(found.fields) == ["email", "first_name", "last_name", "postcode", "mobile", "first_seen", "external_id"]
    assert not found.unused


def test_english_headers_map_by_themselves() -> None:
    found = mapping.map_columns("events", ("Customer ID", "Order date", "Order number", "Amount", "Colour"), Options())
    assert set(found.fields) == {"external_id", "occurred_at", "reference", "amount"}
    assert found.unused == ("Colour",)


def test_what_a_person_says_comes_first() -> None:
    found = mapping.map_columns(
        "contacts", ("email", "other"), Options(columns={"other": "email", "email": "attribute:old"})
    )
    assert found.fields == {"email": 1}
    assert found.free == {"old": 0}


def test_a_field_may_be_named_by_any_word_known_for_it() -> None:
    assert mapping.map_columns("contacts", ("boîte",), Options(columns={"boîte": "Courriel"})).fields == {"email": 0}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"absent": "email"}, "the file has no such column. It has: email, name"),
        ({"email": "mailbox"}, "no such field. Fields of contacts: external_id, email"),
        ({"email": "city", "name": "city"}, "two columns are mapped to city"),
    ],
)
def test_a_wrong_map_is_refused(columns: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        mapping.map_columns("contacts", ("email", "name"), Options(columns=columns))


@pytest.mark.parametrize(
    ("kind", "headers", "tool"),
    [
        ("contacts", "EMAIL,PRENOM,NOM,SMS,ADDED_TIME,MODIFIED_TIME", "brevo"),
        (
            "contacts",
            "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED",
            "mailchimp",
        ),
        ("suppressions", "Email Address,First Name,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE", "mailchimp"),
        (
            "contacts",
            "Email,Klaviyo ID,First Name,Email Marketing Consent,Email Marketing Consent Timestamp",
            "klaviyo",
        ),
        (
            "contacts",
            "ID,Title,Last name,First Name,Email address,Age,Enabled,News.,Opt.,Registration,Last visit",
            "prestashop",
        ),
        ("contacts", "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Zip", "shopify"),
        (
            "events",
            "Name,Email,Financial Status,Created at,Total,Lineitem quantity,Lineitem name,Lineitem price",
            "shopify",
        ),
        (
            "contacts",
            "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,Country / Region,City,Postal Code",
            "woocommerce",
        ),
    ],
)
def test_exports_are_recognised_by_their_headers(kind: str, headers: str, tool: str) -> None:
    assert mapping.map_columns(kind, tuple(headers.split(",")), Options()).tool == tool


def test_every_field_of_a_tool_exists() -> None:
    for tool in mapping.tools():
        for export in tool.exports:
            assert set(export.fields.values()) | set(export.values) <= {*mapping.fields_of(export.kind), mapping.IGNORE}


def test_everyday_headers_of_opt_outs_and_of_accounts_are_known() -> None:
    for header in ("date_desinscription", "Date désinscription", "Date d'opposition"):
        assert mapping.map_columns("suppressions", ("email", header), Options()).fields["dated"] == 1
    for header in ("Date création", "date_creation", "Date inscription"):
        assert mapping.map_columns("contacts", ("email", header), Options()).fields["first_seen"] == 1


def test_a_column_called_client_is_the_number_in_orders_unless_another_says_who() -> None:
    assert mapping.map_columns("events", ("client", "date", "montant"), Options()).fields["external_id"] == 0
    beside = mapping.map_columns("events", ("Client", "date", "montant", "N° client"), Options())
    assert (beside.fields["external_id"], beside.unused) == (3, ("Client",))
    beside = mapping.map_columns("events", ("Client", "date", "montant", "e-mail"), Options())
    assert (beside.fields["email"], beside.unused) == (3, ("Client",))
    assert mapping.map_columns("contacts", ("email", "client"), Options()).fields["full_name"] == 1
