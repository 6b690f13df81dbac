import socket
from collections.abc import Iterator

import pytest

from relance.core import place
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Channel
from relance.delivery.channels.simulated import Collected, SimulatedChannel, collecting
from tests.delivery.channels.conformance import Conformance, outgoing


class TestSimulated(Conformance):
    collected: Collected

    @pytest.fixture
    def channel(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
        def refuse(*_: object) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        with place.elsewhere(simulated=True), collecting(each=2) as self.collected:
            yield registry.choose()
        assert not (place.current().data / "maildir").exists()

    def came_out(self) -> list[bytes]:
        return [one.mail or b"" for kept in self.collected.samples.values() for one in kept]

    def test_it_wants_two_of_a_sort_in_all(self, channel: Channel) -> None:
        batch = [outgoing(n, mail=None) for n in range(5)]
        wanted = set(channel.wanted(batch))
        assert wanted == {0, 1}
        channel.send([outgoing(n) if n in wanted else batch[n] for n in range(5)])
        assert channel.wanted([outgoing(9, mail=None)]) == []
        assert list(self.collected.counts.values()) == [5]

    def test_it_works_where_nobody_collects(self) -> None:
        with place.elsewhere(simulated=True):
            assert len(SimulatedChannel().send([outgoing(1)])) == 1
