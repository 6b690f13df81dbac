"""The command line in the test's own process."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from structlog.testing import capture_logs

from tests.cli.running import Runner


@pytest.fixture
def relance(db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Runner]:
    """Run `relance` as a person does, on this test's database."""
    with translation.override(translation.get_language()), capture_logs():  # else they would go to stdout here
        yield Runner(monkeypatch, capsys)
