import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from relance.contacts.models import Consent, Suppression
from relance.content.models import Link
from relance.core import database, place
from relance.delivery import tokens
from relance.events.models import Event
from relance.feedback import hits, judging
from relance.feedback.models import Hit
from relance.outbox.models import Message
from relance.tracking.app import Tracking
from tests.delivery.sending import TEMPLATE, message, person, published
from tests.tracking.asking import Answered, Asked, ask, get, leave, links, nothing, pixel, trap

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def sent(now: datetime) -> Message:
    published(now)
    return message(person("Anna", now), now, state="sent", sent_at=now)


def kept() -> int:
    """Return how many hits there are, unpacked."""
    hits.unpack()
    return Hit.objects.count()


def test_a_click_leads_to_the_stored_address_and_is_kept_with_what_betrays_a_machine(sent: Message) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    first, second = ask(Asked(links(sent)[0]), Asked(links(sent)[1], method="HEAD"))
    assert (first.status, first.headers["location"]) == (302, "https://shop.example.org/nouveau")
    assert (second.headers["location"], second.body) == ("https://blog.example.org/fr", b"")
    hits.unpack()
    found = list(Hit.objects.order_by("link_id"))
    assert [(hit.message_id, hit.kind, hit.sign, hit.machine) for hit in found] == [
        (sent.pk, "click", "", None), (sent.pk, "click", "head", None),
    ]  # fmt: skip
    assert found[0].network == "198.51.100.0/24"
    assert before <= found[0].at <= datetime.now(UTC)


def test_the_same_click_in_a_second_is_kept_once(sent: Message) -> None:
    answers = ask(*[Asked(links(sent)[0])] * 200)
    assert {answer.status for answer in answers} == {302}
    hits.unpack()
    assert 1 <= Hit.objects.count() <= 3


def test_a_person_who_clicks_is_an_event_after_the_wait(sent: Message) -> None:
    get(links(sent)[0])
    hits.unpack()
    at = Hit.objects.get().at
    assert judging.run(at + timedelta(seconds=100)) == 0
    assert judging.run(at + timedelta(seconds=121)) == 1
    event = Event.objects.get(type="message_clicked")
    assert (event.contact_id, event.occurred_at, event.properties["link"]) == (sent.contact_id, at, 0)


@pytest.mark.parametrize("extra", ["?url=https://evil.example", "?next=//evil.example"])
def test_nothing_in_the_request_changes_where_it_leads(sent: Message, extra: str) -> None:
    scope = Asked(links(sent)[0], headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert ask(scope)[0].headers["location"] == "https://shop.example.org/nouveau"
    assert get(links(sent)[0] + extra).status == 404  # a server takes the query off; in the path it is no token


@pytest.mark.parametrize(
    "path",
    [
        "/c/https://evil.example",
        "/c///evil.example",
        "/c/" + "A" * 66,
        "/u/nothing",
        "/c/",
        "/c/\r\nlocation: x",
        "/c/é",
        "/x",
        "/",
    ],
)
def test_what_we_did_not_sign_leads_nowhere(sent: Message, path: str) -> None:
    answer = get(path)
    assert (answer.status, "location" in answer.headers) == (404, False)
    assert kept() == 0


def test_a_change_anywhere_in_a_token_breaks_it(sent: Message) -> None:
    path = links(sent)[0]
    changed = [path[:n] + ("A" if path[n] != "A" else "B") + path[n + 1 :] for n in range(3, len(path))]
    truncated = [path[:n] for n in range(3, len(path))]
    answers = ask(*map(Asked, [*changed, *truncated, path + "=", path + "A", path.swapcase().replace("/C/", "/c/")]))
    assert {answer.status for answer in answers} == {404}
    assert kept() == 0


def test_a_token_serves_its_own_purpose_alone(sent: Message) -> None:
    click, way_out, image = links(sent)[0][3:], leave(sent)[3:], pixel(sent)[3:]
    wrong = [f"/c/{way_out}", f"/c/{image}", f"/u/{click}", f"/u/{image}"]
    assert {answer.status for answer in ask(*[Asked(path, "POST") for path in wrong[2:]], *map(Asked, wrong))} == {404}
    assert not Consent.objects.filter(given=False).exists()


def test_tokens_of_another_installation_or_of_a_rehearsal_do_nothing(sent: Message) -> None:
    with place.elsewhere(simulated=True):
        rehearsed = leave(sent)
    with override_settings(RELANCE=settings.RELANCE.model_copy(update={"secret_key": "a key of somebody else's"})):
        foreign = leave(sent)
    assert [answer.status for answer in ask(Asked(rehearsed, "POST"), Asked(foreign, "POST"))] == [404, 404]
    assert not Consent.objects.filter(given=False).exists()


def test_a_link_of_another_template_or_of_a_message_that_is_gone_leads_nowhere(sent: Message, now: datetime) -> None:
    other = published(now, TEMPLATE.replace("template: hello", "template: other"))
    link = Link.objects.filter(template_version=other)[0]
    assert get(f"/c/{tokens.click(sent.pk, sent.uuid, link.pk)}").status == 404
    path, way_out = links(sent)[0], leave(sent)
    Message.objects.filter(pk=sent.pk).update(uuid="6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01")
    assert [answer.status for answer in ask(Asked(path), Asked(way_out, "POST"))] == [404, 404]
    assert kept() == 0


def test_a_post_unsubscribes_and_a_get_leads_to_the_page(sent: Message) -> None:
    shown = get(leave(sent))
    assert (shown.status, shown.headers["location"]) == (302, f"http://localhost:8000{leave(sent)}")
    assert not Consent.objects.filter(given=False).exists()
    assert get(leave(sent), method="POST").status == 200
    assert get(leave(sent), method="POST").status == 200
    assert Consent.objects.filter(given=False).count() == 1
    assert Event.objects.filter(type="message_unsubscribed").count() == 1


def test_a_thousand_requests_of_one_person_make_one_withdrawal(sent: Message, now: datetime) -> None:
    anna = Consent.objects.get().contact
    other = message(anna, now, state="sent", sent_at=now)
    answers = ask(*[Asked(leave(one), "POST") for one in [sent, other] * 500])
    assert {answer.status for answer in answers} == {200}
    assert Consent.objects.filter(given=False).count() == 1
    assert Suppression.objects.count() == 1
    assert Event.objects.filter(type="message_unsubscribed").count() == 2  # one for each of the two mails


def test_it_is_well_where_its_database_is() -> None:
    assert get("/health").status == 200


def test_other_methods_are_refused(sent: Message) -> None:
    asked = [Asked(path, method) for path in (links(sent)[0], pixel(sent)) for method in ("POST", "PUT", "DELETE")]
    assert {answer.status for answer in ask(*asked, Asked(leave(sent), "DELETE"))} == {405}
    assert kept() == 0


def test_the_hidden_link_leads_to_the_shop(sent: Message) -> None:
    assert get(trap(sent)).headers["location"] == "https://shop.example.org"
    assert kept() == 1
    assert Hit.objects.get().link_id == 0


def test_a_database_that_is_away_is_a_503_and_one_that_comes_back_is_awaited(
    sent: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = links(sent)[0]
    with monkeypatch.context() as away:
        away.setattr(database, "dsn", lambda: "host=/nowhere-at-all")
        (answer,) = ask(Asked(path), seconds=0.1)
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert get(path).status == 302


def test_a_connection_that_was_cut_is_opened_anew(sent: Message) -> None:
    paths = links(sent)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%INTO hit_batch%' AND pid <> pg_backend_pid()"

    def cutting() -> list[tuple[object, ...]]:
        with closing(connection):
            return database.rows(cut)

    async def run() -> list[int]:
        server, first, second = Tracking(), Answered(), Answered()
        await server(Asked(paths[0]).scope, nothing, first.send)
        assert await asyncio.to_thread(cutting) == [(True,)]
        await server(Asked(paths[1]).scope, nothing, second.send)
        await server.close()
        return [first.status, second.status]

    assert asyncio.run(run()) == [302, 302]
    assert kept() == 2
