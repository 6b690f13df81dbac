"""Every act that the code records has its words on the audit log's page."""

import re
from pathlib import Path

import relance
from relance.web.acts import ACTS

RECORD = re.compile(r"audit\.record\(([^,]+),")


def test_every_act_has_its_words() -> None:
    found: set[str] = set()
    for path in Path(relance.__file__).parent.rglob("*.py"):
        for call in RECORD.findall(path.read_text("utf-8")):
            found |= set(re.findall(r"\"([^\"{]+)\"", call))
    assert {"signed in", "publish journey", "segment created"} <= found
    assert not found - set(ACTS)
