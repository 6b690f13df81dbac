"""One database for the tests of this package that do not need their own; each test's changes are rolled back."""

from collections.abc import Iterator

import pytest

from relance.core import database
from tests.emptied import taken_back


@pytest.fixture(scope="package")
def one_database(server: None) -> Iterator[None]:
    """An empty migrated database."""
    with database.scratch():
        yield


@pytest.fixture
def shared(one_database: None) -> Iterator[None]:
    """That database, empty again after the test."""
    with taken_back():
        yield
