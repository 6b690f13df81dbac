"""What a condition cannot mean is refused where it is written."""

import pytest

from relance.core.errors import DefinitionError
from relance.dormancy.vocabulary import PEOPLE
from relance.rules import parse

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("count", ["{gte: -2}", -1, 1.5, [0, -1]])
def test_events_are_not_counted_below_none_nor_in_halves(count: object) -> None:
    written = {"gte": -2} if count == "{gte: -2}" else count
    with pytest.raises(DefinitionError, match=r"here\.count: events are counted 0, 1, 2 and so on, not"):
        parse({"event": "order_placed", "count": written}, "here")


@pytest.mark.parametrize("condition", [
    {"event": "order_placed", "within": "0 days"}, {"without": "order_placed", "for": "0 months"}, {"last_purchase": {"within": "0 days"}},
])  # fmt: skip
def test_nothing_fits_into_no_time(condition: dict[str, object]) -> None:
    with pytest.raises(
        DefinitionError, match=r"nothing fits into '0 (days|months)'; write a duration such as `30 days`"
    ):
        parse(condition, "here", vocabulary=PEOPLE)


def test_none_at_all_can_be_asked() -> None:
    parse({"event": "order_placed", "count": {"eq": 0}, "within": "30 days"}, "here")
