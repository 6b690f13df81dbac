"""Rates held against the limits at which a sender stops."""

import pytest

from relance.measurement import limits
from relance.measurement.volumes import Signal, Volumes


def volumes(unsubscribed: int, complained: int, telling: int) -> Volumes:
    return Volumes(signals=[
        Signal("bounced", 30, 1000, "sent", None), Signal("unsubscribed", unsubscribed, 1000, "delivered", None),
        Signal("complained", complained, telling, "sent_where_complaints_are_told", None),
    ])  # fmt: skip


@pytest.mark.parametrize(("hard", "level"), [(17, "over"), (16, "near"), (9, "near"), (8, "under"), (0, "under")])
def test_a_rate_is_over_near_or_under_its_limit(hard: int, level: str) -> None:
    assert limits.judge(volumes(0, 0, 0), hard)[0].level == level


def test_where_no_mail_could_tell_of_complaints_nothing_is_claimed() -> None:
    assert limits.judge(volumes(0, 0, 0), 0)[2].level == "unknown"


def test_the_sentence_names_each_rate_its_share_and_its_limit() -> None:
    judged = limits.judge(volumes(5, 1, 500), 20)
    assert limits.sentence(judged, "en") == (
        "Against the sender’s limits: hard bounces 2.00% (20 of 1,000), over the limit of 1.60% at which a journey stops; "
        "unsubscriptions 0.50% (5 of 1,000), under the limit of 0.80%, and over half of it; "
        "complaints 0.20% (1 of 500), over the limit of 0.10% at which a journey stops."
    )
    assert "NPAI 2,00\u202f% (20 sur 1\u202f000)" in limits.sentence(judged, "fr")
