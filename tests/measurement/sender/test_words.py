"""What an examination of the sender says in words."""

import pytest

from relance.measurement.sender import words
from relance.measurement.sender.findings import Finding


@pytest.mark.parametrize(("reason", "told"), [
    ("Seen at a trap.", "la liste de blocage bl.example, qui indique : « Seen at a trap »."),
    ("", "la liste de blocage bl.example."),
])  # fmt: skip
def test_what_a_blocklist_says_is_quoted(reason: str, told: str) -> None:
    finding = Finding("listed", "fault", {"subject": "192.0.2.1", "zone": "bl.example", "reason": reason})
    assert words.sentence(finding, "fr").endswith(told)
