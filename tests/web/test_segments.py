"""The segments' pages, without a browser: saving, refusing, counting, converting, and who may do what."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings

from relance.contacts.models import Contact
from relance.core import database, definitions
from relance.core.models import AuditEntry
from relance.journeys.models import Enrolment, Journey, Launch, Version
from relance.segments import definitions as segments
from relance.segments import refresh
from relance.segments.models import Segment
from relance.web.segments import forms, keeping, usage, yaml_text
from tests.rules.test_same_people import conditions
from tests.web.conftest import SignIn

FRENCH = {"language": "fr"}


@pytest.fixture
def people(db: None, now: datetime) -> None:
    """Anna and Boris speak French, Chloe English."""
    for contact, name, language in ((1, "Anna", "fr"), (2, "Boris", "fr"), (3, "Chloe", "en")):
        database.execute(
            "INSERT INTO contact (id, first_name, language, first_seen_at) VALUES (%s, %s, %s, %s)",
            [contact, name, language, now - timedelta(days=90)],
        )
    database.execute("INSERT INTO contact_point (contact_id, channel, value) VALUES (1, 'email', 'anna@example.org')")


def post(client: Client, condition: object, title: str = "The French", **more: str):  # type: ignore[no-untyped-def]
    body = {"title": title, "condition": json.dumps(condition), "view": "builder", **more}
    return client.post("/segments/save", body)


def define(text: str, now: datetime) -> Segment:
    segment = segments.apply(definitions.parse(text, "x"), now)
    refresh.run(now)
    segment.refresh_from_db()
    return segment


def test_a_segment_is_saved_counted_and_noted(people: None, sign_in: SignIn) -> None:
    answer = post(sign_in("editor"), FRENCH, "Clients français")
    segment = Segment.objects.get()
    assert answer["Location"] == f"/segments/{segment.pk}"
    assert (segment.name, segment.people) == ("clients-francais", 2)
    assert segment.definition == {"segment": "clients-francais", "title": "Clients français", "language": "fr"}
    assert AuditEntry.objects.filter(
        action="segment created", subject="clients-francais", actor__contains="editor@"
    ).exists()


def test_a_change_keeps_the_name_journeys_go_by(people: None, sign_in: SignIn, now: datetime) -> None:
    segment = define("segment: french\ntitle: {fr: Les Français, en: The French}\nlanguage: fr", now)
    words = json.dumps(segment.definition["title"])
    post(sign_in("editor"), {"language": "en"}, "Not French", segment_id=str(segment.pk), title_words=words)
    segment.refresh_from_db()
    assert segment.definition == {
        "segment": "french",
        "title": {"fr": "Les Français", "en": "Not French"},
        "language": "en",
    }
    assert segment.people == 1


@pytest.mark.parametrize(
    ("condition", "title", "sentence"),
    [
        (FRENCH, "", "no name yet"),
        ({"language": []}, "x", "A line of the condition is not finished"),
        ({"all": [{"any": []}]}, "x", "is followed by a list"),
        ({"speech": "fr"}, "x", "no field is called `speech`"),
        ({"segment": "gone"}, "x", "which is not defined before it"),
    ],
)
def test_what_is_wrong_is_said_in_the_editor_and_nothing_is_saved(
    people: None, sign_in: SignIn, condition: object, title: str, sentence: str
) -> None:
    answer = post(sign_in("editor"), condition, title)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "data-condition-builder" in answer.text
    assert not Segment.objects.exists()


def test_yaml_is_saved_too_and_its_errors_name_the_line(people: None, sign_in: SignIn) -> None:
    client = sign_in("editor")
    wrong = client.post("/segments/save", {"view": "yaml", "yaml": "segment: french\nall:\n  - langage: fr"})
    assert wrong.status_code == 422
    assert "Line 3" in wrong.text
    assert client.post("/segments/save", {"view": "yaml", "yaml": "segment: french\nlanguage: fr"}).status_code == 302
    assert Segment.objects.get().people == 2


def test_a_segment_a_journey_uses_is_not_deleted(people: None, sign_in: SignIn, now: datetime) -> None:
    segment = define("segment: french\nlanguage: fr", now)
    journey = Journey.objects.create(name="hello")
    Version.objects.create(
        journey=journey, number=1, definition={"journey": "hello", "entry": {"segment": "french"}}, published_at=now
    )
    client = sign_in("editor")
    refused = client.post(f"/segments/{segment.pk}/delete")
    assert refused.status_code == 422
    assert "it is used by “hello”" in refused.text
    Version.objects.create(
        journey=journey, number=2, definition={"journey": "hello", "entry": {"segment": "others"}}, published_at=now
    )
    first = Version.objects.get(number=1)
    Launch.objects.create(journey=journey, version=first, start_at=now, approved_by="Marie", approved_at=now)
    assert client.post(f"/segments/{segment.pk}/delete").status_code == 422
    Launch.objects.all().delete()
    assert client.post(f"/segments/{segment.pk}/delete").status_code == 302
    assert not Segment.objects.exists()


def test_people_under_way_do_not_keep_the_segment_they_entered_by(people: None, sign_in: SignIn, now: datetime) -> None:
    journey = Journey.objects.create(name="wake", running=True)
    for number, name in ((1, "old"), (2, "new")):
        definition = {"entry": {"segment": name}}
        Version.objects.create(journey=journey, number=number, definition=definition, templates={}, published_at=now)
    first, contact = Version.objects.get(number=1), Contact.objects.first()
    Enrolment.objects.create(
        journey=journey, version=first, contact=contact, entered_at=now, due_at=now + timedelta(days=1), position="0",
        occasion=1, control=False,
    )  # fmt: skip
    assert list(usage.every(now)) == ["new"]


def test_a_segment_another_is_built_on_is_not_deleted_and_circles_are_refused(
    people: None, sign_in: SignIn, now: datetime
) -> None:
    french = define("segment: french\nlanguage: fr", now)
    define("segment: old-french\nall:\n  - segment: french", now)
    client = sign_in("editor")
    assert "old-french" in client.post(f"/segments/{french.pk}/delete").text
    circle = post(client, {"all": [{"segment": "old-french"}]}, segment_id=str(french.pk))
    assert "itself built on `french`" in circle.text


def test_readers_see_and_change_nothing(people: None, sign_in: SignIn, now: datetime) -> None:
    segment = define("segment: french\nlanguage: fr", now)
    client = sign_in("reader")
    assert "/edit" not in client.get(f"/segments/{segment.pk}").text
    for path in (f"/segments/{segment.pk}/edit", "/segments/new"):
        assert client.get(path).status_code == 403
    for path in (
        "/segments/save",
        "/segments/preview",
        "/segments/convert",
        f"/segments/{segment.pk}/delete",
        f"/segments/{segment.pk}/refresh",
    ):
        assert client.post(path).status_code == 403


def test_a_large_base_is_counted_by_the_worker(people: None, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 1)
    client = sign_in("editor")
    page = client.get(post(client, FRENCH)["Location"]).text
    assert "The people are being counted" in page
    jobs = database.rows("SELECT task_name, args->>'name' FROM procrastinate_jobs")
    assert jobs == [("relance.workers.tasks.refresh_segment", "the-french")]


def preview(client: Client, condition: object) -> str:
    return client.post("/segments/preview", {"condition": json.dumps(condition), "view": "builder"}).text


def test_the_live_count_shows_people_and_share(people: None, sign_in: SignIn) -> None:
    shown = preview(sign_in("editor"), FRENCH)
    assert "<strong>2</strong>" in shown
    assert "66.7%" in shown
    assert "anna@example.org" in shown
    assert "Chloe" not in shown


def test_one_person_is_counted_as_one(people: None, sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert "people, 0.0% of the 3" in preview(client, {"all": [FRENCH, {"not": FRENCH}]})
    assert "person, 33.3% of the 3" in preview(client, {"not": FRENCH})


@pytest.mark.parametrize("condition", [{"language": None}, {"all": [None]}, None, {"event": [], "within": "6 months"}])
def test_an_unfinished_condition_gets_a_calm_hint(people: None, sign_in: SignIn, condition: object) -> None:
    shown = preview(sign_in("editor"), condition)
    assert "A line still lacks its value" in shown or condition is None


def test_a_wrong_condition_is_explained_not_failed(people: None, sign_in: SignIn) -> None:
    assert "no field is called `speech`" in preview(sign_in("editor"), {"speech": "fr"})


def test_silence_nobody_covered_is_said_to_be_unknown(people: None, sign_in: SignIn) -> None:
    shown = preview(sign_in("editor"), {"without": ["order_placed"], "for": "6 months"})
    assert "silence there is unknown" in shown
    assert "<strong>0</strong>" in shown


def test_builder_and_yaml_turn_into_each_other(people: None, sign_in: SignIn) -> None:
    client = sign_in("editor")
    condition = {"all": [{"state": ["dormant"]}, {"not": {"event": "order_placed", "within": "2 months"}}]}
    text = client.post(
        "/segments/convert", {"view": "builder", "title": "Quiet", "condition": json.dumps(condition)}
    ).json()["yaml"]
    assert text == (
        "segment: quiet\ntitle: Quiet\nall:\n  - state: [dormant]\n  - not: {event: order_placed, within: 2 months}\n"
    )
    back = client.post("/segments/convert", {"view": "yaml", "yaml": text}).json()
    assert (back["condition"], back["title"]) == (condition, "Quiet")


def test_the_pages_speak_french(people: None, sign_in: SignIn, now: datetime) -> None:
    segment = define("segment: french\nlanguage: fr\nfirst_seen: {before: 2026-01-01}", now)
    client = sign_in("editor", language="fr")
    assert "Nouveau segment" in client.get("/segments/").text
    page = client.get(f"/segments/{segment.pk}").text
    assert "Langue\u00a0: français, et vu pour la première fois\u00a0: avant le 1er janvier 2026." in page


def test_the_list_says_who_uses_what_and_finds_by_word(people: None, sign_in: SignIn, now: datetime) -> None:
    define("segment: french\ntitle: Les Français\nlanguage: fr", now)
    define("segment: old-french\nall:\n  - segment: french", now)
    client = sign_in("reader")
    assert "old-french" in client.get("/segments/").text
    assert "Les Français" not in client.get("/segments/?q=nothing").text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=conditions)
def test_any_condition_goes_through_form_and_yaml_unchanged(people: None, condition: dict[str, object]) -> None:
    posted = forms.document({"view": "builder", "title": "Any", "condition": json.dumps(condition)}, "any")
    assert segments.data_of(posted.data) == condition
    _, meant = segments.check(posted)
    written = yaml_text.write(posted.data)
    read = forms.document({"view": "yaml", "yaml": written})
    assert read.data == posted.data
    assert segments.check(read) == ("any", meant)
    assert forms.fields(read.data)["condition"] == condition
