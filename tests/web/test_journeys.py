"""The pages on journeys: recipes, drafts and their changes, publishing, versions with counts; without a browser."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from relance.accounts.models import User
from relance.content.models import Template
from relance.core import database
from relance.core.models import AuditEntry
from relance.journeys import drafts, library, publishing
from relance.journeys.models import Draft, Journey, Launch, Tally, Version
from relance.segments.models import Segment
from relance.web.journeys import counting, editing, listing
from tests.web.conftest import SignIn

ADDRESS = "/journeys/reactivation-ecommerce"


@pytest.fixture
def anna(sign_in: SignIn) -> Client:
    """An editor with a draft made from the recipe."""
    client = sign_in("editor")
    client.post("/journeys/library/reactivation-ecommerce")
    return client


def draft() -> Draft:
    found = drafts.find("reactivation-ecommerce")
    assert found is not None
    return found


def text() -> str:
    return drafts.current(draft()).text


def act(client: Client, act: str, **fields: object) -> str:
    """Do one act on the draft as it stands."""
    response = client.post(f"{ADDRESS}/change", {"act": act, "revision": draft().revision, **fields})
    assert response.status_code == 200
    return response.content.decode()


def test_a_recipe_brings_its_segment_and_its_messages(anna: Client) -> None:
    assert Segment.objects.filter(name="dormant-buyers").exists()
    assert set(Template.objects.values_list("name", flat=True)) == {
        "hello-no-offer",
        "from-your-history",
        "offer",
        "last-call",
    }
    assert text().startswith("# Wakes dormant buyers")
    assert anna.get("/journeys/").status_code == 200
    assert "Wake dormant buyers" in anna.get(f"{ADDRESS}/").content.decode()


def test_each_recipe_is_used_and_passes_the_linter(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("editor")
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now])
    database.execute("INSERT INTO consent (contact_id, channel, given, at) VALUES (1, 'email', TRUE, %s)", [now])
    for recipe in library.recipes():
        client.post(f"/journeys/library/{recipe.name}")
        found = publishing.findings(recipe.journey, now)
        assert [(finding.code, finding.english) for finding in found] == []


def test_no_large_empty_box_stands_above_the_library(sign_in: SignIn) -> None:
    page = sign_in("editor").get("/journeys/").text
    assert page.index("No journey yet") < page.index('id="library"')
    assert 'class="empty card"' not in page


def test_a_recipe_not_yet_used_shows_the_subjects_of_its_messages(sign_in: SignIn) -> None:
    page = sign_in("reader", language="fr").get("/journeys/library/reactivation-ecommerce").content.decode()
    assert "On reste en contact" in page
    for name in ("hello-no-offer", "from-your-history", "last-call"):
        assert name not in page


def test_a_recipe_used_twice_makes_two_journeys(anna: Client) -> None:
    anna.post("/journeys/library/reactivation-ecommerce")
    assert {d.name for d in Draft.objects.all()} == {"reactivation-ecommerce", "reactivation-ecommerce-2"}


def test_a_step_is_added_copied_moved_and_deleted_and_comments_stay(anna: Client) -> None:
    act(anna, "add", place="1", kind="wait")
    act(anna, "copy", position="0")
    assert editing.ids(text()) == ["hello", "hello-2", "history", "offer", "stay-or-go"]
    act(anna, "move", position="1", to="6.1.0")
    assert "      - otherwise:\n          - send: {id: hello-2" in text()
    act(anna, "delete", position="5.1.0")
    assert editing.ids(text()) == ["hello", "history", "offer", "stay-or-go"]
    assert text().startswith("# Wakes dormant buyers")


def test_a_message_is_renamed_where_conditions_speak_of_it(anna: Client) -> None:
    act(anna, "set", position="0", template="hello-no-offer", id="bonjour", subjects=["a"], unit="day")
    assert "{id: bonjour, channel: email, template: hello-no-offer, subjects: [a]}" in text()
    act(anna, "set", position="0", template="hello-no-offer", id="bonjour", topic="newsletter", unit="day")
    assert "{id: bonjour, channel: email, template: hello-no-offer, topic: newsletter}" in text()
    assert "clicked: [bonjour, history]" in text()


def test_an_unfinished_form_is_shown_again_with_its_remark(anna: Client) -> None:
    before = text()
    page = act(anna, "set", position="0", template="offer", id="hello", amount="10", unit="day")
    assert "An offer needs a code" in page
    assert text() == before


def test_undo_and_redo_turn_back_and_forth(anna: Client) -> None:
    before = text()
    act(anna, "add", place="1", kind="exit")
    after = text()
    anna.post(f"{ADDRESS}/turn", {"way": "undo", "revision": draft().revision})
    assert text() == before
    anna.post(f"{ADDRESS}/turn", {"way": "redo", "revision": draft().revision})
    assert text() == after


def test_a_change_to_a_draft_that_moved_on_is_refused_and_nothing_lost(anna: Client) -> None:
    seen = draft().revision
    act(anna, "add", place="1", kind="wait")
    after = text()
    response = anna.post(f"{ADDRESS}/change", {"act": "delete", "position": "0", "revision": seen})
    assert "has changed this draft meanwhile" in response.content.decode()
    assert response["HX-Retarget"] == "#notices"
    assert text() == after


def test_a_source_that_moved_on_keeps_what_was_typed(anna: Client) -> None:
    seen = draft().revision
    act(anna, "add", place="1", kind="wait")
    typed = text().replace("45 days", "50 days")
    response = anna.post(f"{ADDRESS}/yaml", {"text": typed, "revision": seen})
    assert response.status_code == 409
    assert "50 days" in response.content.decode()
    assert "50 days" not in text()


def test_the_source_says_each_error_at_its_line(anna: Client) -> None:
    wrong = text().replace("wait: 7 days", "wait: 7 dais", 1)
    problems = anna.post(f"{ADDRESS}/yaml/check", {"text": wrong}).json()["problems"]
    assert [(p["line"], p["refuses"]) for p in problems] == [(wrong[: wrong.index("7 dais")].count("\n") + 1, True)]
    assert anna.post(f"{ADDRESS}/yaml", {"text": wrong, "revision": draft().revision}).status_code == 422


def test_the_source_is_saved_with_its_comments(anna: Client) -> None:
    anna.post(
        f"{ADDRESS}/yaml",
        {"text": text().replace("steps:\n", "steps:\n  # the first word\n"), "revision": draft().revision},
    )
    assert "  # the first word\n  - send" in text()
    assert "It has been a while" in anna.get(f"{ADDRESS}/").content.decode()


def test_a_branch_gets_ways_and_conditions(anna: Client) -> None:
    act(anna, "arm-add", position="4")
    act(anna, "arm", position="4", arm="1", kind="when", when='{"value_band": "high"}')
    assert "      - when: {value_band: high}\n        steps: []\n      - otherwise:" in text()
    assert (
        "Tick at least one message"
        in anna.post(
            f"{ADDRESS}/change",
            {"act": "arm", "position": "4", "arm": "0", "kind": "clicked", "revision": draft().revision},
        ).content.decode()
    )
    act(anna, "arm-delete", position="4", arm="1")
    assert "value_band" not in text()


def test_the_ways_of_a_branch_are_put_in_another_order(anna: Client) -> None:
    act(anna, "arm-add", position="4")
    act(anna, "arm", position="4", arm="1", kind="when", when='{"value_band": "high"}')
    page = act(anna, "arm-move", position="4", arm="1", to="0")
    assert 'data-focus="4" data-focus-way="0"' in page
    assert text().index("value_band") < text().index("clicked") < text().index("otherwise")
    assert editing.step(text(), "4")["branch"][1]["steps"]  # what stands on the other way went with it
    anna.post(f"{ADDRESS}/turn", {"way": "undo", "revision": draft().revision})
    assert text().index("clicked") < text().index("value_band")
    refused = {"act": "arm-move", "position": "4", "arm": "1", "to": "2", "revision": draft().revision}
    assert "comes last" in anna.post(f"{ADDRESS}/change", refused).content.decode()


def test_the_journey_itself_is_changed_in_the_panel(anna: Client) -> None:
    act(
        anna, "journey", title="Réveil", purpose="reactivation", segment="dormant-buyers", goal="store_purchase", count=2,
        unit="week", holdout=0, again_unit="day", exit_when=["order_placed"],
    )  # fmt: skip
    assert "goal: {event: store_purchase, within: 2 weeks}" in text()
    assert "entry: {segment: dormant-buyers}" in text()
    assert "holdout: none" in text()
    assert "Réveil" in anna.get("/journeys/").content.decode()


def test_findings_stand_on_the_node_they_concern(anna: Client) -> None:
    page = act(anna, "delete", position="7")
    at = page.index("A way through this reactivation has no end")
    assert 'data-position="6"' in page[:at].rsplit('class="node ', 1)[1]


def test_publishing_is_refused_with_errors_and_takes_an_approver(anna: Client, sign_in: SignIn, now: datetime) -> None:
    assert anna.post(f"{ADDRESS}/publish", {"revision": draft().revision}).status_code == 403
    boss = sign_in("approver")
    response = boss.post(f"{ADDRESS}/publish", {"revision": draft().revision})  # nobody consented yet
    assert response.status_code == 422
    assert not Version.objects.exists()


def test_an_approver_publishes_and_the_act_is_in_the_log(anna: Client, sign_in: SignIn, now: datetime) -> None:
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now])
    database.execute("INSERT INTO consent (contact_id, channel, given, at) VALUES (1, 'email', TRUE, %s)", [now])
    boss = sign_in("approver")
    boss.post(f"{ADDRESS}/publish", {"revision": draft().revision})
    assert Version.objects.get().number == 1
    assert not Journey.objects.get().running
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "recipe used",
        "start journey draft",
        "publish journey",
    }
    page = boss.get(f"{ADDRESS}/versions/1").content.decode()
    assert "/launch/reactivation-ecommerce/" in page


def test_publishing_says_which_version_people_then_enter(anna: Client, sign_in: SignIn, now: datetime) -> None:
    test_an_approver_publishes_and_the_act_is_in_the_log(anna, sign_in, now)
    version, boss = Version.objects.get(), Client(SERVER_NAME="localhost")
    boss.force_login(User.objects.get(role="approver"))

    def after(title: str) -> tuple[str, str]:
        act(
            anna, "journey", title=title, purpose="reactivation", segment="dormant-buyers", goal="store_purchase", count=2,
            unit="week", holdout=10, again_unit="day", exit_when=["order_placed"],
        )  # fmt: skip
        page = boss.get(f"{ADDRESS}/publish").content.decode()
        return page, boss.post(f"{ADDRESS}/publish", {"revision": draft().revision}, follow=True).content.decode()

    page, done = after("Two")
    assert "A new one takes people in once a person has approved its launch" in page
    assert "It sends nothing until it is launched" in done
    Journey.objects.update(running=True)
    page, done = after("Three")
    assert "take the new version at once" in page
    assert "once a person has approved" not in page
    assert "people enter it from now on" in done
    Launch.objects.create(journey=version.journey, version=version, start_at=now, approved_by="Denis", approved_at=now)
    page, done = after("Four")
    assert "Version 1, whose launch was approved, stays the one people enter" in page
    assert "at once" not in page
    assert "People go on entering version 1 until its launch is approved" in done


def test_readers_see_and_do_not_change(anna: Client, sign_in: SignIn) -> None:
    reader = sign_in("reader")
    page = reader.get(f"{ADDRESS}/").content.decode()
    assert 'class="plus"' not in page
    assert reader.post(f"{ADDRESS}/change", {"act": "delete", "position": "0", "revision": 1}).status_code == 403
    assert reader.post("/journeys/library/store-buyers").status_code == 403


def test_a_journey_from_nothing_has_a_message_and_an_end(sign_in: SignIn) -> None:
    client = sign_in("editor")
    response = client.post("/journeys/new", {"title": "Fête d'été", "purpose": "relationship"})
    assert response["Location"] == "/journeys/fete-d-ete/"
    assert "No published message is called" in client.get("/journeys/fete-d-ete/").content.decode()


def test_french_pages_have_no_english_left(sign_in: SignIn) -> None:
    client = sign_in("administrator", "fr")
    client.post("/journeys/library/vip-welcome-back")
    own = "/journeys/vip-welcome-back/"
    english = ("Wait ", "Entry:", "Put to sleep", "Branch", "Add a step", "Clicked", "Publish", "Apply", "Day ")
    for address in ("/journeys/", own, f"{own}?step=5", f"{own}?step=5&arm=0", f"{own}yaml", f"{own}publish"):
        page = client.get(address).content.decode()
        assert not [word for word in english if f">{word}" in page]


def test_the_list_counts_people_by_version(anna: Client, sign_in: SignIn, now: datetime) -> None:
    test_an_approver_publishes_and_the_act_is_in_the_log(anna, sign_in, now)
    version = Version.objects.get()
    database.execute(
        """INSERT INTO enrolment (contact_id, journey_id, version_id, occasion, control, entered_at, position, due_at)
        SELECT n, %s, %s, 1, n > 40, %s, CASE WHEN n > 40 THEN '' ELSE '1' END, %s FROM generate_series(1, 45) AS n""",
        [version.journey_id, version.pk, now, now],
    )
    (line,) = listing.journeys(now)
    assert (line.people, line.control, line.drafted) == (40, 5, False)
    assert counting.standing(version, timezone.now() + timedelta(minutes=1)).steps["1"].waiting == 40


def test_the_editor_counts_the_published_version_at_steps_that_stay(
    anna: Client, sign_in: SignIn, now: datetime
) -> None:
    test_the_list_counts_people_by_version(anna, sign_in, now)
    version = Version.objects.get()
    database.execute(
        """INSERT INTO message (contact_id, journey_id, version_id, step, send_key, channel, purpose, not_before, expires_at, state, reason,
            template_version_id, created_at, variant)
        SELECT n, %(journey)s, %(version)s, 'hello', 'k', 'email', 'reactivation', %(now)s, %(now)s,
            CASE WHEN n > 3 THEN 'blocked' ELSE 'sent' END, CASE WHEN n > 3 THEN 'no_address' ELSE '' END, 1, %(now)s, 'a'
        FROM generate_series(1, 5) AS n""",
        {"journey": version.journey_id, "version": version.pk, "now": now},
    )
    Tally.objects.all().delete()  # else what was counted a second ago is shown
    page = anna.get(f"{ADDRESS}/counts").content.decode()
    assert "40 people on their way in version 1" in page
    shown = re.search(r"of that version at (\d\d):\d\d,", page)
    assert shown is not None
    assert int(shown[1]) == timezone.now().astimezone(ZoneInfo(settings.RELANCE.time_zone)).hour
    assert "<strong>2</strong> refused" in page
    (waiting,) = re.findall(r'data-of="(\w+)">(?:(?!data-of).)*<strong>40</strong> here', page, re.DOTALL)
    assert f'data-counts-of="{waiting}"' in anna.get(f"{ADDRESS}/").content.decode()
    act(anna, "add", place="0", kind="send")  # above it: the wait stands elsewhere, and is still the same
    assert f'data-counts-of="{waiting}"' in anna.get(f"{ADDRESS}/").content.decode()
    act(anna, "set", position="2", form="time", count="11", unit="day", hour="10")
    assert f'data-counts-of="{waiting}"' not in anna.get(f"{ADDRESS}/").content.decode()


def test_subjects_and_text_of_a_message_are_written_from_its_panel(anna: Client) -> None:
    panel = anna.get(f"{ADDRESS}/panel", {"step": "0"}).content.decode()
    assert "/messages/hello-no-offer/words?language=en" in panel
    here = {"language": "en", "back": f"{ADDRESS}/?step=0"}
    page = anna.get("/messages/hello-no-offer/words", here).content.decode()
    assert 'name="en.subjects.a"' in page
    assert "published version (1)" in page
    assert 'name="words.en"' not in page
    page = anna.post("/messages/hello-no-offer/rewrite", {"words": "yes", **here}, follow=True).content.decode()
    assert 'id="message-words"' in page
    assert 'name="words.en"' in page
    assert 'name="words.fr"' not in page
    anna.post("/messages/hello-no-offer/envelope", {"en.subjects.a": "Good to see you"})
    anna.post("/messages/hello-no-offer/fill", {"id": "b1", "words.en": "Hello you"})
    state = anna.get("/messages/hello-no-offer/words", {"part": "state", **here}).content.decode()
    assert "changes that are not published" in state
    assert "back=/journeys/reactivation" in state.replace("%2F", "/")
    page = anna.post("/messages/hello-no-offer/variant", {"words": "yes", **here}, follow=True).content.decode()
    assert ">Good to see you</textarea>" in page
    assert 'value="Hello you"' in page
    assert 'name="en.subjects.c"' in page
    assert "back=/journeys/reactivation" in page.replace("%2F", "/")


def test_a_reader_sees_the_words_of_a_message_and_cannot_write_them(anna: Client, sign_in: SignIn) -> None:
    page = sign_in("reader").get("/messages/hello-no-offer/words").content.decode()
    assert "<fieldset disabled>" in page
    assert "Write it in blocks" not in page
