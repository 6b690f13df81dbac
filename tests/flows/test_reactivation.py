"""The whole chain on real parts: files, importer, policies, segments, journey, gate, SMTP server, clicks, measurement.

It is told once, over six virtual weeks; each test looks at one thing in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from relance.contacts.models import Consent
from relance.content.models import Link
from relance.core import database, place
from relance.eligibility.story import story
from relance.events import engine
from relance.journeys import publishing
from relance.journeys.models import Enrolment
from relance.measurement import experiments
from relance.measurement.figures import Result
from relance.outbox.models import Message
from relance.rehearsal import demonstration
from relance.settings import Settings
from relance.workers import stages
from tests.conftest import NOW
from tests.delivery import post_office
from tests.flows import shop

pytestmark = pytest.mark.slow

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept": "text/html"}
ASKED_FOR = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID",
)  # fmt: skip
SETTINGS = {
    "base_url": "https://relance.example.org", "mail_from": "boutique@shop.example.org", "mail_from_name": "Maison Éclair",
    "mail_reply_to": "bonjour@shop.example.org", "postal_address": "1 rue de la Paix, 75002 Paris",
}  # fmt: skip
SENDING_DAYS = (0, 7, 12, 19, 26)
END = 42


@dataclass
class Told:
    """What happened, as each part of the system saw it."""

    folder: Path
    office: post_office.PostOffice
    monkeypatch: pytest.MonkeyPatch
    received: dict[str, list[tuple[int, EmailMessage]]] = field(default_factory=dict)
    answers: dict[str, HttpResponse] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def day(self, number: float) -> datetime:
        return NOW + timedelta(days=number)

    def run(self, number: int) -> None:
        """Run the stages in the morning, and twice more for what is due a moment later than the week before.

        What a night only looks at (forecasts, curves, bill) is made on the last.
        """
        skip = frozenset() if number == END else frozenset({"foresee", "measure"})
        for hour, nightly in ((0, True), (1, False), (2, False)):
            list(stages.run(self.day(number) + timedelta(hours=hour), nightly=nightly, skip=skip))
        for recipient, raw in self.office.mails:
            mail = message_from_bytes(raw, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.received.setdefault(recipient.partition("@")[0], []).append((number, mail))
        self.office.mails.clear()

    def request(self, number: float, method: str, url: str) -> HttpResponse:
        """Ask for a page as a browser would on that day."""
        self.monkeypatch.setattr(timezone, "now", lambda: self.day(number))
        client = Client(SERVER_NAME="localhost", headers=BROWSER)
        return getattr(client, method)(urlsplit(url).path)  # type: ignore[no-any-return]

    def mails(self, who: str) -> list[tuple[int, str]]:
        """Return the days on which a person got a mail, and the step it was of."""
        return [(number, str(mail["Feedback-ID"]).split(":")[0]) for number, mail in self.received.get(who, [])]


@pytest.fixture(scope="module")
def told(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Six weeks of a shop's reactivation."""
    folder = tmp_path_factory.mktemp("reactivation")
    with (
        database.scratch(), place.elsewhere(data=folder / "data", lake=str(folder / "lake")), post_office.opened() as office,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):  # fmt: skip
        changed = SETTINGS | {"smtp_url": office.url}
        monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | changed))
        now = Told(folder, office, monkeypatch)
        begin(now)
        go_on(now)
        yield now


def begin(told: Told) -> None:
    """Bring the files, keep the definitions, start the journey; on the first day people click and unsubscribe."""
    shop.bring(told.folder, NOW)
    demonstration.define(NOW)
    publishing.start(demonstration.JOURNEY)
    told.run(0)
    told.states = dict(database.rows("SELECT external_id, state FROM profile JOIN contact ON contact.id = contact_id"))
    told.answers["click"] = told.request(0.2, "get", links(told.received["anna"][0][1])[0])
    told.answers["look"] = told.request(0.3, "get", unsubscribe_url(told.received["emma"][0][1]))
    told.answers["leave"] = told.request(0.4, "post", unsubscribe_url(told.received["emma"][0][1]))


def go_on(told: Told) -> None:
    """Let the weeks pass; David orders on the third day, somebody of the control group on the fourth."""
    untouched = Enrolment.objects.filter(control=True).select_related("contact").order_by("pk")[0].contact
    shop.order(told.folder, told.day(3), shop.named()["David"])
    shop.order(told.folder, told.day(4), str(untouched.external_id))
    for number in (2, *SENDING_DAYS[1:], 29, 36, END):
        told.run(number)


def links(mail: EmailMessage) -> list[str]:
    """Return the addresses of a mail's links, the way out left aside."""
    return [url for url in re.findall(r'href="([^"]+)"', content(mail, "html")) if "/c/" in url]


def unsubscribe_url(mail: EmailMessage) -> str:
    return str(mail["List-Unsubscribe"]).strip("<>")


def content(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def everything(told: Told) -> list[EmailMessage]:
    return [mail for mails in told.received.values() for _, mail in mails]


def happened(kind: str) -> list[tuple[str, datetime, str]]:
    """Return who did this during the journey, when, and by which step's message."""
    with engine.reading("contact") as con:
        return con.execute(
            "SELECT first_name, occurred_at, properties->>'step' FROM events JOIN contact ON id = contact_id WHERE type = ? "
            "AND occurred_at >= ?", [kind, NOW]
        ).fetchall()  # fmt: skip


def passage(name: str) -> Enrolment:
    return Enrolment.objects.get(contact__first_name=name)


def of(name: str, told: Told) -> dict[str, Any]:
    address = next(address for who, _, address, _ in shop.PEOPLE if who == name)
    return story(address, told.day(END))


def result(told: Told) -> Result:
    return experiments.result(demonstration.JOURNEY, told.day(END))


def test_people_stand_where_their_history_puts_them(told: Told) -> None:
    standing = {name: told.states[identifier] for name, identifier in shop.named().items()}
    assert (standing["Farid"], standing["Chloe"]) == (
        "active",
        "cooling",
    )  # she buys in the store and ignores her mails
    assert {standing[name] for name in ("Anna", "Boris", "David", "Emma", "Hugo")} == {"dormant"}
    assert of("Chloe", told)["profile"]["false_inactive"]


def test_the_story_needs_these_people_in_the_journey(told: Told) -> None:
    """The key of the settings draws the control group: with another one, choose another key."""
    assert not any(passage(name).control for name in ("Anna", "Boris", "David", "Emma", "Hugo", "Igor"))


def test_mails_parse_without_defect(told: Told) -> None:
    assert len(everything(told)) > shop.QUIET * 2
    for mail in everything(told):
        assert [part.defects for part in mail.walk()] == [[], [], []]
        assert not [name for name, value in mail.items() if getattr(value, "defects", ())]


def test_mails_carry_what_mailbox_providers_ask_for(told: Told) -> None:
    for mail in everything(told):
        assert all(mail[name] for name in ASKED_FOR)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert unsubscribe_url(mail).startswith("https://relance.example.org/u/")
        assert (mail["From"].addresses[0].display_name, mail["Reply-To"]) == (
            "Maison Éclair",
            "bonjour@shop.example.org",
        )
        assert "1 rue de la Paix" in content(mail, "html")
        assert "1 rue de la Paix" in content(mail, "plain")
    assert len({mail["Message-ID"] for mail in everything(told)}) == len(everything(told))


def test_each_person_is_written_to_in_their_language(told: Told) -> None:
    english = {address.partition("@")[0] for _, language, address, _ in shop.PEOPLE if language == "en"}
    for who, mails in told.received.items():
        spoken = "en" if who in english or (who.startswith("quiet") and int(who[5:]) % 2 == 0) else "fr"
        for _, mail in mails:
            assert f'lang="{spoken}"' in content(mail, "html")
            assert ("Unsubscribe" in content(mail, "plain")) == (spoken == "en")
            assert ("désabonner" in content(mail, "plain")) == (spoken == "fr")


def test_the_hello_names_the_person(told: Told) -> None:
    hello = told.received["anna"][0][1]
    assert hello["Subject"] in {"Cela fait un moment, Anna", "Prendre de vos nouvelles"}
    assert "Anna" in content(hello, "plain")


def test_who_opted_out_with_the_former_tool_gets_nothing_and_his_verdict_says_why(told: Told) -> None:
    assert "boris" not in told.received
    boris = of("Boris", told)
    [message] = boris["messages"]
    [verdict] = message["verdicts"]
    assert (message["state"], verdict["decision"], verdict["code"]) == ("blocked", "block", "suppressed")
    assert "suppression list since 26 August 2024 (unsubscribed)" in verdict["sentence"]
    assert boris["enrolments"][0]["end_reason"] == "blocked:suppressed"


def test_who_never_said_yes_gets_nothing(told: Told) -> None:
    assert "hugo" not in told.received
    assert of("Hugo", told)["messages"][0]["verdicts"][0]["code"] == "permission_unknown"


def test_who_is_active_or_cannot_be_reached_does_not_enter(told: Told) -> None:
    assert not Enrolment.objects.filter(contact__first_name__in=["Chloe", "Farid", "Gina"]).exists()
    assert not {"chloe", "farid", "gina"} & set(told.received)
    assert of("Gina", told)["addresses"][0]["suggestion"] == "gina@gmail.com"


def test_a_dead_mailbox_is_written_to_once_and_never_again(told: Told) -> None:
    assert Message.objects.filter(contact_id=passage("Igor").contact_id).count() == 1
    assert [who for who, _, _ in happened("message_bounced")] == ["Igor"]
    assert [row["reason"] for row in of("Igor", told)["suppressions"]] == ["bounced"]


def test_a_click_leads_to_the_stored_address_and_is_recorded(told: Told) -> None:
    answer = told.answers["click"]
    stored = Link.objects.filter(template_version__template__name="hello-no-offer", language="fr").values_list(
        "url", flat=True
    )
    assert answer.status_code == 302
    assert answer["Location"] in {url.replace("{{ shop.url }}", "https://shop.example.org") for url in stored}
    assert happened("message_clicked") == [("Anna", told.day(0.2), "hello")]


def test_the_branch_leads_the_clicker_to_the_offer_and_the_others_past_it(told: Told) -> None:
    assert told.mails("anna") == [(0, "hello"), (7, "history"), (12, "offer"), (19, "stay-or-go")]
    others = {tuple(told.mails(who)) for who in told.received if who.startswith("quiet")}
    assert others == {((0, "hello"), (7, "history"), (26, "stay-or-go"))}
    assert "RETOUR10" in content(told.received["anna"][2][1], "plain")


def test_a_look_at_the_way_out_is_none_and_one_click_is(told: Told) -> None:
    assert (told.answers["look"].status_code, told.answers["leave"].status_code) == (200, 200)
    assert [(who, at) for who, at, _ in happened("message_unsubscribed")] == [("Emma", told.day(0.4))]
    assert Consent.objects.filter(contact__first_name="Emma").order_by("-at")[0].given is False
    assert told.mails("emma") == [(0, "hello")]
    assert passage("Emma").end_reason == "unsubscribed"


def test_an_order_ends_the_journey(told: Told) -> None:
    assert told.mails("david") == [(0, "hello")]
    assert (passage("David").end_reason, passage("David").ended_at) == ("goal", told.day(7))


def test_the_control_group_gets_nothing(told: Told) -> None:
    control = Enrolment.objects.filter(control=True)
    assert 2 <= control.count() <= 15
    assert not Message.objects.filter(contact_id__in=control.values("contact_id")).exists()
    assert not {name.lower().replace(" ", "") for name in control.values_list("contact__first_name", flat=True)} & set(
        told.received
    )


def test_who_stays_silent_is_put_to_sleep_and_left_alone(told: Told) -> None:
    ends = dict(database.rows("SELECT end_reason, count(*) FROM enrolment WHERE NOT control GROUP BY 1"))
    quiet = sum(who.startswith("quiet") for who in told.received)
    assert ends["sunset"] == quiet + 1  # and Anna, who clicked and did not buy
    assert len(happened("journey_sunset")) == quiet + 1


def test_both_arms_are_counted_as_they_entered(told: Told) -> None:
    measured = result(told)
    entered = dict(database.rows("SELECT control, count(*) FROM enrolment GROUP BY 1"))
    assert (measured.treated, measured.control) == (entered[False], entered[True])
    assert measured.effect.treated is not None
    assert measured.effect.control is not None
    assert (measured.effect.treated.count, measured.effect.control.count) == (1, 1)
    assert measured.revenue.treated == measured.revenue.control
    assert str(measured.revenue.treated) == "64.9000"
    assert sum(step.signals["clicked"] for step in measured.volumes.steps if step.step == "hello") == 1


def test_the_doctor_tells_it(told: Told) -> None:
    anna = of("Anna", told)
    assert [message["step"] for message in anna["messages"]] == ["stay-or-go", "offer", "history", "hello"]
    assert {message["state"] for message in anna["messages"]} == {"delivered"}
    assert [given["code"] for given in anna["messages"][-1]["verdicts"]] == ["allowed"]
    assert anna["enrolments"][0]["end_reason"] == "sunset"
    assert {"message_clicked", "message_delivered", "journey_sunset", "order_placed"} <= {
        event["type"] for event in anna["events"]
    }
    assert anna["legal_clock"]["last_contact_at"] == told.day(0.2)
