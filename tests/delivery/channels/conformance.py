"""What holds for every channel; each channel's test class inherits it and says how to make one and what came out."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from relance.core.errors import ChannelError
from relance.delivery.channels.protocol import Channel, Kind, Outgoing

MAIL = b"From: shop@example.org\r\nTo: a@example.org\r\nSubject: Hi\r\n\r\nHello\r\n.\r\n..two\r\nlast\r\n"


def outgoing(number: int, name: str = "anna", mail: bytes | None = MAIL) -> Outgoing:
    return Outgoing(number, uuid4(), f"{name}@example.org", 1, "a", "en", mail)


@pytest.mark.usefixtures("db")
class Conformance:
    """Inherited by the test class of each channel."""

    @pytest.fixture
    def channel(self) -> Channel:
        raise NotImplementedError

    def came_out(self) -> list[bytes]:
        """Return the mails that left, as received."""
        raise NotImplementedError

    def test_it_has_a_name_a_place_and_a_slice(self, channel: Channel) -> None:
        assert channel.name
        assert channel.where
        assert channel.slice > 0

    def test_it_sends_nothing_for_nothing(self, channel: Channel) -> None:
        assert list(channel.wanted([])) == []
        assert channel.send([]) == []

    def test_each_message_has_one_outcome(self, channel: Channel) -> None:
        batch = [outgoing(n) for n in range(1, 8)]
        outcomes = channel.send(batch)
        assert sorted((one.id, one.kind) for one in outcomes) == [(n, Kind.SENT) for n in range(1, 8)]

    def test_it_wants_only_what_it_was_shown(self, channel: Channel) -> None:
        batch: Sequence[Outgoing] = [outgoing(n, mail=None) for n in range(1, 8)]
        assert set(channel.wanted(batch)) <= set(range(1, 8))

    def test_the_mail_arrives_as_it_was_given(self, channel: Channel) -> None:
        channel.send([outgoing(1)])
        assert [mail.replace(b"\r\n", b"\n").rstrip(b"\n") for mail in self.came_out()] == [
            MAIL.replace(b"\r\n", b"\n").rstrip(b"\n")
        ]

    def test_it_sends_on_after_a_first_slice(self, channel: Channel) -> None:
        channel.send([outgoing(1)])
        assert [one.kind for one in channel.send([outgoing(2)])] == [Kind.SENT]

    def test_every_message_is_answered_once_however_many_there_are(self, channel: Channel) -> None:
        batch = [outgoing(n) for n in range(1, 2 * channel.slice % 97 + 9)]
        assert sorted(one.id for one in channel.send(batch)) == [one.id for one in batch]

    def test_one_that_was_not_rendered_takes_no_other_with_it(self, channel: Channel) -> None:
        kinds = {one.id: one.kind for one in channel.send([outgoing(1, mail=None), outgoing(2)])}
        assert kinds.keys() == {1, 2}
        assert kinds[2] is Kind.SENT

    def test_closing_twice_is_closing_once(self, channel: Channel) -> None:
        channel.send([outgoing(1)])
        channel.close()
        channel.close()


class OverNetwork(Conformance):
    """What holds besides for a channel with another side that can be absent, or fall silent."""

    def fall_silent(self) -> None:
        """Have the other side take mails to chloe and hang up without an answer."""
        raise NotImplementedError

    def nobody_there(self) -> Channel:
        """Return a channel whose other side does not exist."""
        raise NotImplementedError

    def test_no_answer_after_the_mail_was_handed_over_is_a_doubt(self, channel: Channel) -> None:
        self.fall_silent()
        outcomes = {one.id: one.kind for one in channel.send([outgoing(1), outgoing(2, "chloe"), outgoing(3)])}
        assert outcomes == {1: Kind.SENT, 2: Kind.DOUBTFUL, 3: Kind.SENT}
        assert len(self.came_out()) == 3

    def test_nobody_there_shuts_the_channel_for_now(self) -> None:
        channel = self.nobody_there()
        with pytest.raises(ChannelError) as caught:
            channel.send([outgoing(1)])
        channel.close()
        assert not caught.value.permanent
