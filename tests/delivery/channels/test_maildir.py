import mailbox
from collections.abc import Iterator

import pytest

from relance.core import place
from relance.core.errors import ChannelError, RefusedError
from relance.delivery.channels.maildir import MaildirChannel
from relance.delivery.channels.protocol import Channel
from tests.delivery.channels.conformance import Conformance, outgoing


class TestMaildir(Conformance):
    @pytest.fixture
    def channel(self) -> Iterator[Channel]:
        channel = MaildirChannel()
        yield channel
        channel.close()

    def came_out(self) -> list[bytes]:
        return [bytes(mail) for mail in mailbox.Maildir(place.current().data / "maildir", create=False)]

    def test_it_says_that_nothing_leaves_the_machine(self, channel: Channel) -> None:
        assert str(place.current().data) in channel.where
        assert "nothing leaves this machine" in channel.where

    def test_the_same_message_twice_is_one_file(self, channel: Channel) -> None:
        one = outgoing(1)
        channel.send([one])
        channel.send([one])
        assert len(self.came_out()) == 1

    def test_a_folder_that_cannot_be_written_shuts_the_channel(self, channel: Channel) -> None:
        folder = place.current().data / "maildir" / "tmp"
        folder.rmdir()
        folder.write_text("in the way")
        with pytest.raises(ChannelError, match="cannot be written"):
            channel.send([outgoing(1)])

    def test_it_refuses_to_open_in_a_rehearsal(self) -> None:
        with place.elsewhere(simulated=True), pytest.raises(RefusedError, match="rehearsal"):
            MaildirChannel()
