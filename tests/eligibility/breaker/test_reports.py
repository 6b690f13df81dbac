"""What providers publish by the day, declared traps, and clicks against others'."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relance.contacts.models import ContactPoint, Suppression
from relance.core.errors import InputError, RefusedError
from relance.dormancy.models import Profile
from relance.eligibility import gate
from relance.eligibility.breaker import clicks, openings, reports, stage, traps
from relance.eligibility.breaker.models import BreakerAlert, BreakerScope, ProviderReport, TrapHit
from relance.feedback import clicks as feedback
from relance.outbox.models import Message
from tests.eligibility.breaker.sending import journey, send, stopped
from tests.eligibility.people import anna, message

pytestmark = pytest.mark.usefixtures("db")


def write(folder: Path, text: str, name: str = "report.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_postmasters_share_of_our_sends_counts_for_the_sender(now: datetime, tmp_path: Path) -> None:
    back = journey("back", now)
    send(2000, now, back)
    stage.run(now)
    answer = (
        '{"trafficStats": [{"name": "domains/example.org/trafficStats/20260727", "userReportedSpamRatio": 0.01},'
        ' {"name": "domains/example.org/trafficStats/20260720"}]}'
    )
    assert openings.blind(back.pk) == ["gmail"]
    done = reports.bring(write(tmp_path, answer), by="Camille", now=now + timedelta(days=1))
    assert (done.form, done.kept, done.without_sends) == ("postmaster", 1, 1)
    stage.run(now + timedelta(days=1))
    assert stopped() == [(0, "gmail", "complaint", 1)]
    assert openings.blind(back.pk) == []
    scope = BreakerScope.objects.get(journey_id=0, provider="gmail", signal="complaint")
    assert (scope.sends, scope.bad) == (2000, 20)


def test_a_day_brought_again_takes_the_place_of_the_one_before(now: datetime, tmp_path: Path) -> None:
    send(1000, now)
    stage.run(now)
    for rate in ("0,3%", "0.001"):
        reports.bring(write(tmp_path, f"Date;Spam rate\n2026-07-27;{rate}\n"), by="Camille", now=now)
    assert [(row.sends, row.bad) for row in ProviderReport.objects.all()] == [(1000, 1)]


def test_snds_tells_of_traps(now: datetime, tmp_path: Path) -> None:
    line = "192.0.2.{0},7/27/2026 12:00 AM,7/27/2026 11:59 PM,900,800,{1},GREEN,< 0.1%,7/27/2026 1:00 AM,7/27/2026 2:00 AM,{2},mx,a@b,\n"
    done = reports.bring(write(tmp_path, line.format(1, 500, 4) + line.format(2, 300, 5)), by="Camille", now=now)
    assert done.form == "snds"
    rows = ProviderReport.objects.order_by("signal").values_list("provider", "signal", "sends", "bad")
    assert list(rows) == [("microsoft", "complaint", 800, 0), ("microsoft", "trap", 800, 9)]
    stage.run(now)
    assert stopped() == [(0, "microsoft", "trap", 1)]


@pytest.mark.parametrize(
    "text",
    ["", "one,two\n1,2\n", "date,spam rate\nsoon,0.1%\n", "date,spam rate\n2026-07-27,much\n", "{", '{"trafficStats": [1]}',
     "date,spam rate,provider\n2026-07-27,0.1%,nobody\n", "1.1.1.1,soon,2,3,4,5,6,7,8,9,10\n"],
)  # fmt: skip
def test_what_is_no_report_is_refused_and_nothing_kept(text: str, now: datetime, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        reports.bring(write(tmp_path, text), by="Camille", now=now)
    assert not ProviderReport.objects.exists()


def test_a_declared_trap_is_never_written_to_and_counts_once(now: datetime, tmp_path: Path) -> None:
    back = journey("back", now)
    sent = send(40, now, back)
    caught = ContactPoint.objects.get(pk=sent[0].contact_point_id)
    waiting = anna(now)
    path = write(tmp_path, f"{caught.value.upper()}\nanna@example.org\n", "traps.txt")
    with pytest.raises(RefusedError, match="name of a person"):
        traps.declare(path, by="", now=now)
    assert traps.declare(path, by="Camille", now=now) == {"new": 2, "hits": 1}
    assert traps.declare(path, by="Camille", now=now) == {"new": 0, "hits": 0}
    assert Suppression.objects.filter(reason="trap").count() == 2
    asked = message(waiting, now, "reactivation", journey_id=back.pk)
    for _ in range(2):
        assert gate.check([asked.pk], now)[0].code == "suppressed"
    assert TrapHit.objects.count() == 2
    stage.run(now)
    scope = BreakerScope.objects.get(journey_id=back.pk, provider="other", signal="trap")
    assert (scope.sends, scope.bad) == (1, 1)
    with pytest.raises(InputError, match="no address"):
        traps.declare(write(tmp_path, "nothing here\n"), by="Camille", now=now)


def clicked(share: float, sent: list[Message], at: datetime) -> None:
    Profile.objects.bulk_create(
        Profile(
            contact_id=one.contact_id,
            state="dormant",
            state_since=at,
            scored_at=at,
            last_purchase_at=one.sent_at - timedelta(days=400),  # type: ignore[operator]
        )
        for one in sent
    )
    feedback.record_many([feedback.Click(one.pk, 0, at) for one in sent[: int(len(sent) * share)]], at)


def test_a_fall_of_clicks_against_people_as_long_silent_warns_and_stops_nothing(now: datetime) -> None:
    fallen, usual, before = journey("fallen", now), journey("usual", now), now - timedelta(days=5)
    clicked(0.05, send(2000, before, usual), before)
    clicked(0.005, send(1500, before, fallen), before)
    assert clicks.run(now) > 0
    assert BreakerAlert.objects.get().scope.journey_id == fallen.pk
    assert stopped() == []
    clicks.run(now + timedelta(hours=1))
    assert BreakerAlert.objects.count() == 1
