"""What the command line keeps people from: invented people among real ones, sends before opt-outs, scores of another time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from relance.cli import checks
from relance.contacts.models import Contact, ContactPoint
from relance.core import faults
from relance.core.errors import RefusedError
from relance.delivery.channels import registry
from relance.delivery.channels.maildir import MaildirChannel
from relance.delivery.channels.smtp import SmtpChannel
from relance.dormancy.models import Profile
from relance.eligibility import permission
from relance.intake import sources
from relance.journeys.models import Enrolment, Journey
from relance.rehearsal import demonstration
from relance.segments.models import Membership, Segment
from relance.settings import Settings
from relance.workers import stages
from tests.cli.running import Runner
from tests.journeys.people import SIMPLE, dormant, shop

POLICY = "policy: all\ncriteria:\n  quiet: {without: order_placed, for: 12 months, points: 3}\nstates:\n  dormant: {points: 3}\n"


def setting(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | changes))


def sentences(relance: Runner) -> dict[str, str]:
    """Return what `relance check` warns of, all that concerns one subject as one text."""
    found: dict[str, str] = {}
    for finding in relance("check", "--json").data["findings"]:
        if finding["level"] == "warning":
            found[finding["subject"]] = f"{found.get(finding['subject'], '')} {finding['sentence']}"
    return found


@pytest.fixture
def journey(relance: Runner, tmp_path: Path) -> Path:
    """Twenty dormant people, and a published journey that may let them in."""
    now = datetime.now(UTC)
    shop(now)
    dormant(range(1, 21), now)
    path = tmp_path / "wake.yaml"
    path.write_text(SIMPLE)
    assert relance("journey", "publish", path).code == 0
    return path


def test_a_check_without_a_database_says_so_and_asks_it_nothing_more(
    relance: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start() -> None:
        raise RefusedError("The folder /nowhere/postgres cannot be made.")

    monkeypatch.setattr(checks.database, "start", start)
    done = relance("check", "--json")
    assert done.code == 1
    assert {finding["subject"]: finding["level"] for finding in done.data["findings"]} == {
        "data folder": "ok", "database": "error",
    }  # fmt: skip


class TestSampleShop:
    def test_it_is_refused_where_people_of_another_source_are(self, relance: Runner) -> None:
        sources.source_id("my shop", datetime.now(UTC))
        done = relance("demo", "--json")
        assert done.code == 1
        assert "This installation holds people of my shop" in done.data["error"]
        assert not Contact.objects.exists()

    def test_it_may_be_loaded_again_over_itself(self, relance: Runner) -> None:
        sources.own_id(datetime.now(UTC))
        sources.source_id(sources.SAMPLE, datetime.now(UTC))
        demonstration.refuse_among_others()
        sources.source_id("my shop", datetime.now(UTC))
        with pytest.raises(RefusedError, match="my shop"):
            demonstration.refuse_among_others()

    def test_nothing_leaves_for_its_people_whatever_server_is_set(
        self, relance: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setting(monkeypatch, smtp_url="smtp://127.0.0.1:25")
        assert isinstance(registry.choose(), SmtpChannel)
        sources.source_id(sources.SAMPLE, datetime.now(UTC))
        assert isinstance(registry.choose(), MaildirChannel)
        setting(monkeypatch, smtp_url="", service_key="a-key-of-the-service")
        assert isinstance(registry.choose(), MaildirChannel)

    def test_check_and_start_say_so(self, relance: Runner, journey: Path) -> None:
        assert "sample shop" not in sentences(relance)
        sources.source_id(sources.SAMPLE, datetime.now(UTC))
        assert "mails only go to the Maildir" in sentences(relance)["sample shop"]
        permission.declare_no_opt_outs("Camille", "", datetime.now(UTC))
        assert relance("journey", "start", "wake", "--json").data["mails_go_to"] == "maildir"
        assert "mails only go to the Maildir" in relance("journey", "start", "wake").out


def test_check_names_the_steps_that_fail(relance: Runner, now: datetime) -> None:
    faults.note("hits", "ZeroDivisionError: no mails", now, guards=False)
    found = [one for one in relance("check", "--json").data["findings"] if one["subject"] == "stages"]
    assert [one["level"] for one in found] == ["error"]
    assert found[0]["sentence"] == "`hits` has failed since 2026-07-27 08:00 UTC: ZeroDivisionError: no mails"


def test_check_names_the_relays_in_their_order(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def relays(urls: str) -> str:
        setting(monkeypatch, smtp_url=urls)
        return "".join(
            one["sentence"] for one in relance("check", "--json").data["findings"] if one["subject"] == "relays"
        )

    assert relays("smtp://127.0.0.1:25") == ""
    assert "127.0.0.1:25, then mail.shop.example:465" in relays("smtp://anna:pw@127.0.0.1:25 smtps://mail.shop.example")
    assert "must look like smtp://" in relays("smtp://127.0.0.1:port")


def test_check_doubts_a_limit_of_no_provider(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, provider_limits="gmail=1/second ovh.net=1/second *=1/second")
    assert "limits" not in sentences(relance)
    setting(monkeypatch, provider_limits="gmial=1/second")
    assert "names gmial, which is no mailbox provider" in sentences(relance)["limits"]


class TestOptOuts:
    def test_a_journey_does_not_start_before_they_are_known(self, relance: Runner, journey: Path) -> None:
        done = relance("journey", "start", "wake", "--json")
        assert done.code == 1
        assert "relance import suppressions FILE" in done.data["error"]
        assert not Journey.objects.get().running
        permission.declare_no_opt_outs("Camille", "", datetime.now(UTC))
        assert relance("journey", "start", "wake", "--json").data["running"] is True

    def test_nobody_enters_before_they_are_known(
        self, relance: Runner, journey: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stages, "fits_the_calendar", lambda version, now: True)  # whatever day this test runs on
        now = datetime.now(UTC)
        Journey.objects.update(running=True)
        assert (stages.enter(now), Enrolment.objects.count()) == (0, 0)
        permission.declare_no_opt_outs("Camille", "", now)
        assert (stages.enter(now), Enrolment.objects.count()) == (20, 20)

    def test_check_warns_where_a_journey_runs_without(self, relance: Runner, journey: Path) -> None:
        assert "opt-outs" not in sentences(relance)
        Journey.objects.update(running=True)
        assert "nobody enters wake" in sentences(relance)["opt-outs"]
        permission.declare_no_opt_outs("Camille", "", datetime.now(UTC))
        assert "opt-outs" not in sentences(relance)


class TestAnotherTime:
    @pytest.fixture
    def people(self, relance: Runner, tmp_path: Path) -> None:
        path = tmp_path / "all.yaml"
        path.write_text(POLICY)
        assert relance("policies", "apply", path).code == 0
        anna = Contact.objects.create(first_name="Anna", first_seen_at=datetime.now(UTC) - timedelta(days=900))
        ContactPoint.objects.create(contact=anna, channel="email", value="anna@example.org", valid=True)

    def test_a_score_of_the_future_is_a_look(self, relance: Runner, people: None) -> None:
        coming = (datetime.now(UTC) + timedelta(days=300)).isoformat()
        done = relance("score", "--as-of", coming)
        assert (done.code, Profile.objects.count()) == (0, 0)
        assert "Nothing was written (the date is to come): this is a look, not a scoring." in done.out

    def test_a_score_says_why_nothing_was_written(self, relance: Runner, people: None) -> None:
        assert "(--dry-run)" in relance("score", "--dry-run").out
        assert "1 standings written" in relance("score").out
        before = (datetime.now(UTC) - timedelta(days=30)).isoformat()
        assert "(people were scored at a later date already)" in relance("score", "--as-of", before).out

    def test_segments_are_of_now_or_later_than_they_were(self, relance: Runner, people: None) -> None:
        Segment.objects.create(name="all", definition={"segment": "all"})
        today, day = datetime.now(UTC), timedelta(days=1)
        assert relance("segments", "refresh", "--as-of", (today - 3 * day).isoformat()).code == 0
        for wrong, said in ((today + day, "which is to come"), (today - 9 * day, "would go back in time")):
            done = relance("segments", "refresh", "--as-of", wrong.isoformat(), "--json")
            assert (done.code, said in done.data["error"]) == (1, True)
        assert relance("segments", "refresh", "--json").data["moved"] == 0
        assert Membership.objects.count() == 1


def test_links_that_lead_to_another_port_are_told(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, port=8123, base_url="http://localhost:8000")
    assert "names port 8000, and the web server listens on 8123" in sentences(relance)["links"]
    setting(monkeypatch, port=8123, base_url="http://localhost:8123")
    assert "names port" not in sentences(relance)["links"]


def test_one_wrong_segment_keeps_the_others_out(relance: Runner, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("segment: good\nlanguage: fr\n")
    bad.write_text("segment: bad\nlangage: fr\n")
    done = relance("segments", "apply", good, bad, "--json")
    assert (done.code, Segment.objects.count()) == (1, 0)
    assert "bad.yaml, line 2" in json.loads(done.out)["error"]
    assert relance("segments", "apply", good).code == 0


class TestMailingService:
    def test_check_says_that_nothing_hears_what_becomes_of_the_mails(
        self, relance: Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setting(monkeypatch, service_key="a-key-of-the-service")
        assert "brevo sends the mails, and nothing hears what becomes of them" in sentences(relance)["sending"]
        setting(monkeypatch, webhook_secret="relance:a-long-enough-password")
        assert "sending" not in sentences(relance)
