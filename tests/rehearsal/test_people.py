"""What simulated people do with a mail reaches the sender only where it would in life."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from relance.contacts.models import Contact, ContactPoint
from relance.core import database
from relance.feedback import loops
from relance.outbox.models import Message, State
from relance.rehearsal import people, rates


def crowd_that_complains(ids: list[int], click: float = 0.0) -> people.Crowd:
    """Everybody marks every mail as spam, and some click on it; they do nothing else."""
    known = rates.load()
    quiet = {
        "click": click, "unsubscribe": 0.0, "complain": 1.0, "hard_bounce": 0.0, "soft_bounce": 0.0, "buy": 0.0, "visit": 0.0,
        "log_in": 0.0,
    }  # fmt: skip
    assumed = known.model_copy(
        update={"states": {"undetermined": rates.StateRates(**quiet)}, "buy_after_mail": 0.0, "buy_after_click": 0.0}
    )
    one = np.ones(len(ids))
    return people.Crowd(
        assumed, 1, 1, np.array(ids), np.array(["undetermined"] * len(ids)), one, one, np.zeros(len(ids), dtype=bool)
    )


def mailed(address: str, now: datetime) -> int:
    """Let a mail have left to this address; return the person's id."""
    person = Contact.objects.create(first_name="Anna", first_seen_at=now)
    point = ContactPoint.objects.create(contact=person, channel="email", value=address)
    Message.objects.create(
        contact_id=person.pk, channel="email", purpose="reactivation", template_version_id=1, send_key=f"{address}", state=State.SENT,
        not_before=now, expires_at=now + timedelta(3), contact_point_id=point.pk, sent_at=now,
    )  # fmt: skip
    return int(person.pk)


@pytest.mark.parametrize(
    ("address", "heard"),
    [
        ("anna@outlook.fr", True),
        ("boris@yahoo.co.uk", True),
        ("chloe@laposte.net", True),
        ("anna@gmail.com", False),
        ("boris@icloud.com", False),
        ("chloe@herfirm.example", False),
        ("anna@notoutlook.fr", False),
    ],
)
def test_a_complaint_reaches_the_sender_only_through_a_feedback_loop(
    db: None, now: datetime, address: str, heard: bool
) -> None:
    crowd = crowd_that_complains([mailed(address, now)])
    people.receive(crowd, now)
    people.act(crowd, now + timedelta(days=30))
    assert crowd.done.get("complain", 0) == heard
    complaints = database.rows("SELECT count(*) FROM event WHERE type = 'message_complained'")[0][0]
    suppressed = database.rows("SELECT count(*) FROM suppression")[0][0]
    assert (complaints, suppressed) == (heard, heard)


def test_one_list_says_who_tells_of_complaints() -> None:
    assert "outlook.*" in loops.domains()
    assert not [domain for domain in loops.domains() if domain.startswith(("gmail", "googlemail", "icloud"))]
    assert {"outlook.%", "orange.fr"} <= set(loops.patterns())


def test_what_people_do_does_not_hang_on_the_order_in_which_their_messages_were_written(
    db: None, now: datetime
) -> None:
    """Rows written in one statement come in any order: the same seed must say the same whatever the database makes of it."""
    people_mailed = [mailed(f"anna{n}@example.org", now) for n in range(60)]

    def planned() -> list[tuple[str, int]]:
        """Return who clicks, half of them by chance, by their person and not by their message."""
        crowd = crowd_that_complains(sorted(people_mailed), click=0.5)
        people.receive(crowd, now)
        return sorted((kind, what["contact"]) for _, _, kind, what in crowd.coming if kind == "click")

    first = planned()
    highest = Message.objects.order_by("-id").values_list("id", flat=True)[0]
    database.execute("UPDATE message SET id = %s - id", [2 * highest + 1])
    assert 10 < len(first) < 50
    assert planned() == first
