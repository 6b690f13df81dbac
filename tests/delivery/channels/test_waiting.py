from dataclasses import replace

from relance.delivery.channels.protocol import Outgoing
from relance.delivery.channels.waiting import Waiting
from tests.delivery.channels.conformance import outgoing


def mail(number: int, provider: str, connections: int | None = None) -> Outgoing:
    return replace(outgoing(number), provider=provider, connections=connections)


def test_a_provider_is_offered_no_more_at_once_than_it_may_get() -> None:
    waiting = Waiting([mail(1, "orange", 1), mail(2, "orange", 1), mail(3, "gmail"), mail(4, "gmail")])
    first = waiting.take()
    assert first is not None
    assert [taken.id for taken in (first, waiting.take(), waiting.take()) if taken] == [1, 3, 4]
    assert waiting.take() is None
    waiting.done(first)
    assert [taken.id for taken in (waiting.take(),) if taken] == [2]
    assert not waiting


def test_one_that_nobody_took_is_first_again() -> None:
    waiting = Waiting([mail(1, "orange", 1), mail(2, "orange", 1)])
    first = waiting.take()
    assert first is not None
    waiting.back(first)
    assert waiting.take() == first
    assert [one.id for one in waiting.left()] == [2]
