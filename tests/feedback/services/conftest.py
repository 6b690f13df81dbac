"""The pages, listening for webhooks."""

from collections.abc import Iterator

import pytest

from tests.feedback.services import hooked


@pytest.fixture
def port(db: None) -> Iterator[int]:
    """The port of loopback on which they listen until the test ends."""
    with hooked.listening() as port:
        yield port
