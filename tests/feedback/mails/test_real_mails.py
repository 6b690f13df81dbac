"""Real returned mails, as an independent project labelled them, and what is left of them after thousands of mutations."""

import random
from collections import defaultdict
from csv import DictReader
from pathlib import Path

import pytest

from relance.feedback.mails import judging


@pytest.fixture
def bounces(public_data: Path) -> Path:
    """The folder of real returned mails."""
    return public_data / "bounces"


def test_real_mails_are_judged_as_an_independent_project_labelled_them(bounces: Path) -> None:
    """Hard or soft right in 95 %, 98 % of unknown users found, kind right in 98 %, no block taken for a dead mailbox."""
    rows = defaultdict(list)
    for row in DictReader((bounces / "labels.csv").read_text("utf-8").splitlines()):
        rows[row["file"]].append(row)
    right, kinds, unknown, dead, named = [], [], [], [], []
    for file, labelled in rows.items():
        found = judging.judge((bounces / "mails" / file).read_bytes())
        named += [bool(one.recipient) for one in found]
        for row in labelled:
            number = int(row["recipient_no"]) - 1
            one = found[number] if number < len(found) else None
            kind = {"feedback": "complaint", "vacation": "auto_reply", "delivered": "other"}.get(
                row["reason"], "bounce"
            )
            kinds.append(one is not None and one.kind == kind)
            right.append(one is not None and one.hard == (row["hard_bounce"] == "1"))
            if row["reason"] == "userunknown":
                unknown.append(one is not None and one.hard)
            if row["reason"] in {
                "blocked",
                "policyviolation",
                "securityerror",
                "authfailure",
                "requireptr",
                "badreputation",
                "spamdetected",
            }:
                dead.append(one is not None and one.hard)
    assert sum(right) / len(right) >= 0.95
    assert sum(kinds) / len(kinds) >= 0.98
    assert sum(unknown) / len(unknown) >= 0.98
    assert sum(named) / len(named) >= 0.97
    assert not any(dead)


def mutated(folder: Path, count: int, seed: int) -> None:
    """Judge mails cut, filled and mixed by chance."""
    draw = random.Random(seed)
    mails = [path.read_bytes() for path in sorted((folder / "mails").iterdir())]
    for _ in range(count):
        mail = bytearray(draw.choice(mails))
        for _ in range(draw.randint(1, 30)):
            place = draw.randrange(len(mail) + 1)
            kind = draw.randrange(4)
            if kind == 0:
                mail[place : place + draw.randint(1, 200)] = b""
            elif kind == 1:
                mail[place:place] = draw.randbytes(draw.randint(1, 40))
            elif kind == 2:
                mail[place:place] = mail[: draw.randint(1, 400)]
            else:
                mail[place:place] = draw.choice(
                    [b"\r\n\r\n", b"--", b"Content-Type: message/rfc822\n\n", b"\0", b"=?utf-8?q?", b"<", b"{"]
                )
        assert len(judging.judge(bytes(mail))) >= 1


@pytest.mark.slow
def test_mutated_mails_make_nothing_fail(bounces: Path) -> None:
    mutated(bounces, 300, 1)


@pytest.mark.long
def test_ten_thousand_mutated_mails_make_nothing_fail(bounces: Path) -> None:
    mutated(bounces, 10_000, 2)
