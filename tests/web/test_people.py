"""The list of people and a person's page, at the server."""

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

import relance
from relance.contacts.models import Consent, Contact, ContactAlias, Suppression
from relance.core.definitions import read
from relance.core.durations import Duration
from relance.core.ids import digest
from relance.core.models import AuditEntry
from relance.dormancy import policies
from relance.dormancy.models import Profile
from relance.eligibility import gate
from relance.eligibility.models import VerdictRecord
from relance.eligibility.reasons import REASONS
from relance.events.hot import NewEvent, insert
from relance.journeys.models import Enrolment, Journey, Version
from relance.segments.models import Membership, Segment
from relance.web import tags
from relance.web.people import person as facts
from relance.web.people import timeline, words
from tests.conftest import NOW
from tests.dormancy.base import policy
from tests.dormancy.kinds.conftest import PEOPLE, told
from tests.dormancy.kinds.conftest import shop as quiet_shop  # noqa: F401
from tests.eligibility.people import anna, consent, message
from tests.web.conftest import SignIn
from tests.web.listed import base, names


@pytest.fixture
def now() -> datetime:
    """The pages read the clock, so these people live today."""
    return timezone.now()


def test_a_stranger_is_led_to_the_sign_in(db: None) -> None:
    assert Client(SERVER_NAME="localhost").get("/people/").status_code in {302, 401}


FOUND = {
    "": ["chloe", "anna", "boris"],
    "sort=purchase": ["chloe", "anna", "boris"],
    "sort=oldest_purchase": ["anna", "chloe", "boris"],
    "sort=longest": ["anna", "boris", "chloe"],
    "state=dormant": ["anna"],
    "state=dormant,active&sort=name": ["chloe", "anna", "boris"],
    "state=active&band=low": ["chloe"],
    "reachable=email": ["chloe", "anna"],
    "flag=false_inactive": ["chloe"],
    "flag=unreachable&language=en": ["boris"],
    "flag=mistyped": ["boris"],
    "due=1": ["boris"],
    "policy=b2b": ["boris"],
    "q=lefe": ["anna"],
    "q=LEFÈVRE+an": ["anna"],
    "q=tour": ["chloe"],
    "q=BORIS@ex": ["boris"],
    "q=C-1": ["anna"],
    "q=nobody%25": [],
    "segment=unheard-of": [],
    "state=unheard-of&after=nonsense": ["chloe", "anna", "boris"],
}


def test_the_list_is_filtered_searched_and_sorted(sign_in: SignIn, now: datetime) -> None:
    base(now)
    client = sign_in("reader")
    assert {query: names(client, query) for query in FOUND} == FOUND


def test_a_policy_and_a_language_go_by_what_people_call_them(sign_in: SignIn, now: datetime) -> None:
    found = base(now)
    recipe = Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"
    policies.apply(read(recipe), now)
    client = sign_in("reader", "fr")
    assert '<option value="ecommerce">Clients d’une boutique</option>' in client.get("/people/").text
    assert "<dd>Anglais</dd>" in client.get(f"/people/{found['boris'].uuid}/").text


def test_segments_and_verdicts_of_a_journey_open_their_people(sign_in: SignIn, now: datetime) -> None:
    found, client = base(now), sign_in()
    journey, other = Journey.objects.create(name="back"), Journey.objects.create(name="other")
    Membership.objects.create(
        segment=Segment.objects.create(name="ex-vip", definition={}), contact=found["chloe"], since=now
    )
    for name, of in (("anna", journey), ("boris", other)):
        written = message(found[name], now, journey_id=of.pk)
        VerdictRecord.objects.create(
            message_id=written.pk, contact_id=found[name].pk, at=now, decision="block", code="suppressed"
        )
    assert names(client, "segment=ex-vip") == ["chloe"]
    assert names(client, "entered=back&verdict=suppressed") == ["anna"]
    assert names(client, "verdict=suppressed") == ["anna", "boris"]
    assert names(client, "entered=back&verdict=pressure") == []


def test_chips_are_removed_one_by_one(sign_in: SignIn, now: datetime) -> None:
    base(now)
    page = sign_in(language="fr").get("/people/?state=dormant,active&band=high&after=x").text
    assert "En sommeil" in page
    assert 'href="?state=active&amp;band=high"' in page or 'href="?band=high&amp;state=active"' in page
    assert 'href="?state=dormant%2Cactive"' in page


def test_the_list_is_exported_safely_and_the_log_knows(sign_in: SignIn, now: datetime) -> None:
    found = base(now)
    Contact.objects.filter(pk=found["anna"].pk).update(first_name="=HYPERLINK(1)")
    answer = sign_in("data_protection_officer").post("/people/export?reachable=email")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [row[1] for row in rows] == ["First name", "chloe", "'=HYPERLINK(1)"]
    entry = AuditEntry.objects.get(action="people exported")
    assert entry.details == {"people": 2, "filters": "Reachable: E-mail", "complete": True}
    assert entry.actor == "Anna <data_protection_officer@example.org>"


def test_only_protectors_export_suppress_and_hand_over(sign_in: SignIn, now: datetime) -> None:
    contact = anna(now)
    for role in ("reader", "editor", "approver"):
        client = sign_in(role)
        for path in ("/people/export", *(f"/people/{contact.uuid}/{act}" for act in ("suppress", "objection", "data"))):
            assert client.post(path).status_code == 403
        assert 'data-dialog="suppress"' not in client.get(f"/people/{contact.uuid}/").text
        assert client.get("/people/export").status_code == 405


def test_a_person_is_shown_whole(sign_in: SignIn, now: datetime) -> None:
    contact = base(now)["anna"]
    journey = Journey.objects.create(name="back")
    version = Version.objects.create(journey=journey, number=1, definition={}, published_at=now)
    Enrolment.objects.create(
        contact=contact, journey=journey, version=version, occasion=1, control=True, entered_at=now, position="1"
    )
    ContactAlias.objects.create(loser_id=999, survivor=contact, at=now)
    page = sign_in(language="fr").get(f"/people/{contact.uuid}/").text
    for phrase in (
        "anna Lefèvre",
        "En sommeil",
        "anna@example.org",
        "groupe témoin",
        "contact 999",
        "aucune preuve conservée",
    ):
        assert phrase in page
    assert "n’est pas disponible dans cette version" in page


def test_nobody_is_a_clear_404(sign_in: SignIn, db: None) -> None:
    answer = sign_in().get("/people/00000000-0000-0000-0000-000000000000/")
    assert (answer.status_code, "Nobody stands at this address" in answer.text) == (404, True)


def test_permissions_are_those_of_the_gate(db: None) -> None:
    now = NOW  # no quiet hours, which the gate weighs too
    people = base(now)
    consent(people["chloe"], now - timedelta(hours=1), given=False)
    Contact.objects.filter(pk=people["boris"].pk).update(objected_at=now)
    for contact in Contact.objects.order_by("pk"):
        (judged,) = gate.check([message(contact, now)], now)
        points, ledger = facts.points(contact), facts.ledger(contact)
        shown = {p.channel: p for p in facts.permissions(contact, points, ledger, now)}["email"]
        assert (shown.allowed, shown.sentence) == (judged.decision == "allow", judged.sentence)


def test_the_timeline_pages_through_everything_once(db: None, now: datetime) -> None:
    contact = anna(now)
    events = [
        NewEvent(contact.pk, 1, kind, now - timedelta(hours=n // 3), 12, reference=str(n), properties={"lines": []})
        for n in range(90) for kind in ("order_placed",)
    ]  # fmt: skip
    insert(events)
    for n in range(30):
        message(contact, now, created_at=now - timedelta(hours=n // 2))
    seen, after = [], ""
    while True:
        page = timeline.page(contact.pk, frozenset(), after)
        seen += page.entries
        if not page.following:
            break
        after = page.following
    assert len({entry.place for entry in seen}) == len(seen) == 90 + 30 + Consent.objects.count()
    assert [entry.place for entry in seen] == sorted((entry.place for entry in seen), reverse=True)
    assert {entry.kind for entry in timeline.page(contact.pk, frozenset({"consent"})).entries} == {"consent"}


def test_events_of_a_merged_duplicate_are_in_the_timeline(sign_in: SignIn, now: datetime) -> None:
    contact = anna(now)
    ContactAlias.objects.create(loser_id=999, survivor=contact, at=now)
    insert(
        [
            NewEvent(
                999,
                1,
                "store_purchase",
                now,
                20,
                reference="T1",
                properties={"lines": [{"name": "Lamp", "quantity": 2}]},
            )
        ]
    )
    page = sign_in(language="fr").get(f"/people/{contact.uuid}/timeline?kind=purchase").text
    assert "Achat en magasin" in page
    assert "2 × Lamp" in page


def test_state_and_why_are_said_in_the_pages_language(sign_in: SignIn, now: datetime) -> None:
    contact = base(now)["chloe"]
    page = sign_in(language="fr").get(f"/people/{contact.uuid}/standing").text
    for phrase in ("le prochain calcul dirait", "Faux inactif", "Trois dates à ne pas confondre", "Aucun achat connu"):
        assert phrase in page


def test_a_state_that_cannot_be_told_says_why(sign_in: SignIn, now: datetime) -> None:
    policy(
        "policy: shop\ncriteria:\n  no_purchase: {without: [order_placed], for: 12 months, points: 1}\nstates: {dormant: {points: 1}}\n",
        now,
    )
    contact = base(now)["boris"]
    Profile.objects.filter(contact=contact).update(state="undetermined", policy="shop")
    page = sign_in(language="fr").get(f"/people/{contact.uuid}/standing").text
    assert (
        "Nul ne peut dire si cette personne est silencieuse\u202f: les données ne remontent pas assez loin."
        in page.replace("\xa0", "\u202f")
    )


def test_the_years_of_a_person_without_legal_contact_run_from_the_day_they_were_first_known(
    sign_in: SignIn, now: datetime
) -> None:
    contact = base(now)["boris"]
    page = sign_in().get(f"/people/{contact.uuid}/standing").text
    assert "none known" in page
    known = now - timedelta(days=2000)
    assert (
        f"The years run from {tags.day(known)}, when this person was first known: your files hold nothing they did."
        in page
    )
    assert f"Due for erasure since {tags.day(Duration(3, 'year').after(known))}." in page


@pytest.mark.usefixtures("quiet_shop")
@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ("What would change this state", "A purchase", "Why this silence", "support about a delivery on", "Kinds of silence")),
     ("fr", ("Ce qui changerait cet état", "Un achat", "Pourquoi ce silence", "pour une livraison le", "Types de silence"))],
)  # fmt: skip
def test_what_would_change_a_state_and_why_the_silence_are_told(
    sign_in: SignIn, now: datetime, language: str, expected: tuple[str, ...]
) -> None:
    told("anna", "support_contact", 400, now, topic="delivery")
    contact = Contact.objects.get(pk=PEOPLE["anna"])
    page = sign_in("reader", language).get(f"/people/{contact.uuid}/standing").text
    for phrase in expected:
        assert phrase in page


def test_suppressing_keeps_the_address_out_and_says_why(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in("data_protection_officer")
    path = f"/people/{contact.uuid}/suppress"
    assert client.post(path, {"channel": "all", "level": "unsubscribed", "why": " "}).status_code == 422
    assert not Suppression.objects.exists()
    for level in ("unsubscribed", "manual", "unsubscribed"):
        assert client.post(path, {"channel": "all", "level": level, "why": "by telephone"}).status_code == 302
    row = Suppression.objects.get()
    assert (row.channel, bytes(row.digest), row.reason) == ("email", digest("anna@example.org"), "manual")
    assert [(c.given, c.proof) for c in Consent.objects.order_by("id")] == [(True, ""), (False, "by telephone")]
    assert AuditEntry.objects.filter(action="person suppressed").count() == 3


def test_an_objection_is_noted_once(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in()
    path = f"/people/{contact.uuid}/objection"
    assert [client.post(path, {"why": "letter"}).status_code for _ in range(2)] == [302, 422]
    contact.refresh_from_db()
    assert contact.objected_at is not None
    assert AuditEntry.objects.get(action="objection noted").details == {"why": "letter"}


def test_an_objection_is_withdrawn_by_the_person_only_and_the_log_says_how(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in("data_protection_officer")
    path = f"/people/{contact.uuid}/objection"
    assert client.post(f"{path}/withdraw", {"why": "by telephone"}).status_code == 422  # there is none
    client.post(path, {"why": "letter"})
    assert client.post(f"{path}/withdraw", {"why": " "}).status_code == 422
    assert sign_in("editor").post(f"{path}/withdraw", {"why": "by telephone"}).status_code == 403
    contact.refresh_from_db()
    assert contact.objected_at is not None
    assert client.post(f"{path}/withdraw", {"why": "by telephone"}).status_code == 302
    contact.refresh_from_db()
    assert contact.objected_at is None
    assert AuditEntry.objects.get(action="objection withdrawn").details == {"why": "by telephone"}


def test_who_objected_is_told_no_state_no_band_and_no_prediction(sign_in: SignIn, now: datetime) -> None:
    contact = base(now)["anna"]
    Contact.objects.filter(pk=contact.pk).update(objected_at=now)
    page = sign_in().get(f"/people/{contact.uuid}/standing").text
    assert f"objected to profiling on {tags.day(now)}" in page
    for untold in ("Silent for long enough", "Value band", "Kinds of silence", "What would change"):
        assert untold not in page


def test_a_state_says_by_which_policy_it_is_told(sign_in: SignIn, now: datetime) -> None:
    policies.apply(read(Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"), now)
    contact = anna(now, state="dormant")
    contact.profile.policy = "ecommerce"
    contact.profile.save()
    client = sign_in()
    text = client.get("/people/").text
    assert 'title="Silent when nothing was bought for a year' in text
    assert "Customers of a shop: Silent when nothing was bought for a year" in text
    assert "under the policy “Customers of a shop”" in client.get(f"/people/{contact.uuid}/").text


def test_all_data_is_handed_over_readable_by_people_and_programs(sign_in: SignIn, now: datetime) -> None:
    contact, client = base(now)["anna"], sign_in(language="fr")
    insert([NewEvent(contact.pk, 1, "order_placed", now, 99, reference="A-7")])
    gate.check([message(contact, now, step="<b>hello")], now)
    answer = client.post(f"/people/{contact.uuid}/data")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data, page = json.loads(archive.read("data.json")), archive.read("data.html").decode()
    assert data["identity"][0]["first_name"] == "anna"
    assert [event["reference"] for event in data["events"]] == ["A-7"]
    assert {"addresses", "consents", "messages", "verdicts", "standing"} <= {
        name for name, rows in data.items() if rows
    }
    assert "Commande en ligne" in page
    assert "<b>hello" not in page
    assert AuditEntry.objects.get(action="data handed over").subject == f"person {contact.uuid}"


def test_every_verdict_of_the_gate_has_its_words() -> None:
    assert set(words.VERDICTS) == set(REASONS)


def test_seeing_a_person_is_not_logged(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in("reader")
    assert client.get(f"/people/{contact.uuid}/").status_code == 200
    assert not AuditEntry.objects.exclude(action="signed in").exists()


def test_a_sleep_is_dated_and_what_only_a_scoring_noted_is_said_to_be_noted(sign_in: SignIn, now: datetime) -> None:
    found, client = base(now), sign_in()
    assert f"since {tags.day(now - timedelta(days=9))}" in client.get(f"/people/{found['anna'].uuid}/").text
    assert f"noted on {tags.day(now)}" in client.get(f"/people/{found['chloe'].uuid}/").text
    page = client.get("/people/").text
    assert f"since {tags.day(now - timedelta(days=9))}" in page
    assert f"noted on {tags.day(now)}" in page


@pytest.mark.parametrize(("language", "phrases"), [
    ("en", ("“Dormant”, is that of the calculation of", "the next calculation would say “Undetermined”", "What follows is of now.")),
    ("fr", ("En sommeil", "le prochain calcul dirait «\u202fIndéterminé\u202f»", "Ce qui suit est d’aujourd’hui.")),
])  # fmt: skip
def test_a_state_that_todays_criteria_would_change_is_dated(
    sign_in: SignIn, now: datetime, language: str, phrases: tuple[str, ...]
) -> None:
    contact = base(now)["anna"]
    Profile.objects.update_or_create(
        contact=contact, defaults={"state": "dormant", "scored_at": now - timedelta(days=100)}
    )
    page = sign_in("reader", language).get(f"/people/{contact.uuid}/standing").text
    for phrase in phrases:
        assert phrase in page
    Profile.objects.filter(contact=contact).update(state="undetermined")
    assert phrases[-1] not in sign_in("editor", language).get(f"/people/{contact.uuid}/standing").text
