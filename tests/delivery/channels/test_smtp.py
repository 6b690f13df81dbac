from collections.abc import Iterator
from pathlib import Path

import pytest

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RefusedError
from relance.delivery.channels.protocol import Channel, Kind
from relance.delivery.channels.smtp import SmtpChannel
from relance.delivery.relays import Relay
from tests.delivery import post_office
from tests.delivery.channels.conformance import OverNetwork, outgoing


class TestSmtp(OverNetwork):
    office: post_office.PostOffice
    pipelines = False

    @pytest.fixture
    def channel(self) -> Iterator[Channel]:
        with post_office.opened() as self.office:
            self.office.pipelines = self.pipelines
            channel = SmtpChannel(self.office.url)
            yield channel
            channel.close()

    def came_out(self) -> list[bytes]:
        return [mail for _, mail in self.office.mails]

    def fall_silent(self) -> None:
        self.office.cut = lambda moment, address: moment == "data" and address.startswith("chloe")

    def nobody_there(self) -> Channel:
        with post_office.opened() as office:
            url = office.url
        return SmtpChannel(url)

    def test_each_recipient_has_their_own_outcome(self, channel: Channel) -> None:
        names = ["anna", "dead", "full", "policy", "chloe"]
        outcomes = channel.send([outgoing(n, name) for n, name in enumerate(names)])
        kinds = {names[one.id]: one.kind for one in outcomes}
        assert kinds == {
            "anna": Kind.SENT, "chloe": Kind.SENT, "dead": Kind.NO_MAILBOX, "full": Kind.LATER, "policy": Kind.FAILED,
        }  # fmt: skip
        assert "no_mailbox: 550 5.1.1 The mailbox does not exist" in {one.reason for one in outcomes}

    def test_a_connection_cut_before_the_content_is_no_doubt(self, channel: Channel) -> None:
        self.office.cut = lambda moment, _: moment == "rcpt"
        assert [one.kind for one in channel.send([outgoing(1)])] == [Kind.LATER]
        self.office.cut = None
        assert [one.kind for one in channel.send([outgoing(1)])] == [Kind.SENT]

    def test_a_recipient_for_whom_the_server_always_leaves_waits_and_the_others_do_not(self, channel: Channel) -> None:
        outcomes = {one.id: one for one in channel.send([outgoing(1), outgoing(2, "busy"), outgoing(3)])}
        assert {n: one.kind for n, one in outcomes.items()} == {1: Kind.SENT, 2: Kind.LATER, 3: Kind.SENT}
        assert outcomes[2].reason == "later: 421 4.7.28 Too many messages for this recipient's provider"

    def test_an_address_beyond_ascii_travels(self, channel: Channel) -> None:
        assert [one.kind for one in channel.send([outgoing(1, "zoé")])] == [Kind.SENT]
        assert self.office.mails[0][0] == "zoé@example.org"

    def test_a_connection_that_has_carried_its_share_is_left_unharmed(self, channel: Channel) -> None:
        self.office.takes = 3
        outcomes = channel.send([outgoing(n) for n in range(1, 21)])
        assert sorted((one.id, one.kind) for one in outcomes) == [(n, Kind.SENT) for n in range(1, 21)]
        assert len(self.office.mails) == 20
        assert self.office.connections >= 7


class TestPipelined(TestSmtp):
    pipelines = True


@pytest.mark.usefixtures("db")
def test_starttls_and_authentication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = post_office.tls_context(str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    with post_office.opened(tls_context=context, require_starttls=True, auth_required=True) as office:
        office.pipelines = True
        channel = SmtpChannel(f"smtp://anna:right@127.0.0.1:{office.port}")
        assert [one.kind for one in channel.send([outgoing(1)])] == [Kind.SENT]
        channel.close()
        assert (office.encrypted, office.logins) == (1, ["anna"])
        wrong = SmtpChannel(f"smtp://anna:wrong@127.0.0.1:{office.port}")
        with pytest.raises(ChannelError, match="Check user and password") as caught:
            wrong.send([outgoing(2)])
        wrong.close()
        assert caught.value.permanent


@pytest.mark.usefixtures("db")
def test_tls_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = post_office.tls_context(str(tmp_path))
    with post_office.opened(ssl_context=context) as office:
        stranger = SmtpChannel(f"smtps://127.0.0.1:{office.port}")
        with pytest.raises(ChannelError, match="certificate"):
            stranger.send([outgoing(1)])
        stranger.close()
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        channel = SmtpChannel(f"smtps://127.0.0.1:{office.port}")
        assert [one.kind for one in channel.send([outgoing(1)])] == [Kind.SENT]
        channel.close()


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://relay.example.org", 25, False, None),
        ("smtp://anna:p%40ss@relay.example.org", 587, False, True),
        ("smtps://anna:p%40ss@relay.example.org", 465, True, False),
        ("smtp://anna:p%40ss@127.0.0.1:2525", 2525, False, None),
    ],
)
def test_a_password_never_crosses_a_network_in_the_clear(
    url: str, port: int, use_tls: bool, start_tls: bool | None
) -> None:
    server = Relay.read(url)
    assert (server.port, server.use_tls, server.start_tls) == (port, use_tls, start_tls)
    assert server.password == ("p@ss" if server.username else None)


@pytest.mark.parametrize("url", ["relay.example.org", "http://relay.example.org", "smtp://", "smtp://host:port"])
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="RELANCE_SMTP_URL"):
        Relay.read(url)


@pytest.mark.usefixtures("db")
def test_it_refuses_to_open_in_a_rehearsal() -> None:
    with place.elsewhere(simulated=True), pytest.raises(RefusedError, match="rehearsal"):
        SmtpChannel("smtp://localhost")
