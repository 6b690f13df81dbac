"""Generated examples that cost a scoring or a query each: a few in every run, many in the long one."""

import pytest
from hypothesis import HealthCheck, settings


def examples(few: int, many: int) -> pytest.MarkDecorator:
    """Mark a test of generated examples, whose argument `drawn` says how many are drawn."""
    return pytest.mark.parametrize("drawn", [few, pytest.param(many, marks=pytest.mark.long)])


def drawing(drawn: int) -> settings:
    """Return how so many examples are drawn; one database serves them all."""
    return settings(
        max_examples=drawn,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
