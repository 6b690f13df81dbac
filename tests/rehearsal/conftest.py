"""One sample shop for all its tests: making it takes a second."""

import pytest

from tests.rehearsal.brought import Brought


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Brought:
    return Brought(tmp_path_factory.mktemp("shop"))
