"""Several relays: the first preferred, the others where it takes nothing; never one mail to two of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from django.conf import settings

from relance.core.configuration import Settings
from relance.core.errors import ChannelError
from relance.delivery import relays
from relance.delivery.channels.protocol import Kind
from relance.delivery.channels.smtp import SmtpChannel
from relance.delivery.relays import Relay
from tests.delivery import post_office
from tests.delivery.channels.conformance import outgoing

pytestmark = pytest.mark.usefixtures("db")


@contextmanager
def channel(*offices: post_office.PostOffice | str) -> Iterator[SmtpChannel]:
    urls = " ".join(one if isinstance(one, str) else one.url for one in offices)
    made = SmtpChannel(urls)
    try:
        yield made
    finally:
        made.close()


def kinds(channel: SmtpChannel, first: int, count: int) -> dict[Kind, int]:
    found = [one.kind for one in channel.send([outgoing(n) for n in range(first, first + count)])]
    return {kind: found.count(kind) for kind in set(found)}


def test_the_first_takes_everything_while_it_can() -> None:
    with post_office.opened() as first, post_office.opened() as second, channel(first, second) as both:
        assert kinds(both, 1, 20) == {Kind.SENT: 20}
        assert (len(first.mails), len(second.mails)) == (20, 0)


def test_when_one_dies_in_the_middle_the_other_goes_on_and_nobody_gets_two() -> None:
    with ExitStack() as dying, post_office.opened() as second:
        first = dying.enter_context(post_office.opened())
        with channel(first, second) as both:
            assert kinds(both, 1, 20) == {Kind.SENT: 20}
            dying.close()
            assert kinds(both, 21, 20) == {Kind.SENT: 20}
            assert (len(first.mails), len(second.mails)) == (20, 20)
        with channel(first, second) as later:
            assert kinds(later, 41, 20) == {Kind.SENT: 20}
    relays.took(Relay.read(first.url))


def test_a_mail_cut_off_after_its_content_is_a_doubt_and_goes_to_no_other() -> None:
    with post_office.opened() as first, post_office.opened() as second, channel(first, second) as both:
        first.cut = lambda moment, _: moment == "data"
        assert kinds(both, 1, 1) == {Kind.DOUBTFUL: 1}
        assert (len(first.mails), len(second.mails)) == (1, 0)


def test_a_relay_that_says_421_to_every_connection_is_left() -> None:
    with post_office.opened() as first, post_office.opened() as second, channel(first, second) as both:
        first.takes = 0
        assert kinds(both, 1, 20) == {Kind.SENT: 20}
        assert (len(first.mails), len(second.mails)) == (0, 20)
        known = [Relay.read(first.url), Relay.read(second.url)]
        assert relays.in_order(known, 0.0) == known[::-1]
    relays.took(known[0])


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_refused_password_is_left_for_the_next() -> None:
    with (
        post_office.opened(auth_required=True, auth_require_tls=False) as first,
        post_office.opened() as second,
        channel(f"smtp://anna:wrong@127.0.0.1:{first.port}", second) as both,
    ):
        assert kinds(both, 1, 1) == {Kind.SENT: 1}
        assert (first.logins, len(second.mails)) == (["anna"], 1)


def test_it_shuts_only_where_none_takes_mail() -> None:
    with post_office.opened() as first, post_office.opened() as second:
        urls = first.url, second.url
    with channel(*urls) as nobody, pytest.raises(ChannelError, match=f"{first.port}, 127.0.0.1:{second.port} takes no"):
        nobody.send([outgoing(1)])


def test_a_relay_is_left_for_longer_each_time_and_forgiven_when_it_takes_mail() -> None:
    relay, other = Relay.read("smtp://first.example"), Relay.read("smtp://second.example")
    clock, waits = 0.0, []
    for _ in range(7):
        waits.append(relays.failed(relay, clock) / 60)
        assert relays.failed(relay, clock) == 0
        assert relays.in_order([relay, other], clock) == [other, relay]
        clock += waits[-1] * 60
        assert relays.in_order([relay, other], clock) == [relay, other]
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    relays.took(relay)
    assert relays.failed(relay, clock) == 60
    relays.took(relay)


def test_a_connection_carries_as_many_mails_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = settings.RELANCE.model_dump() | {"smtp_mails": 5, "smtp_connections": 1}
    monkeypatch.setattr(settings, "RELANCE", Settings(**changed))
    with post_office.opened() as office, channel(office) as one:
        for first in range(1, 17, 5):
            assert kinds(one, first, 5) == {Kind.SENT: 5}
        assert (len(office.mails), office.connections) == (20, 4)


def test_a_provider_that_gets_one_connection_gets_one() -> None:
    with post_office.opened() as office, channel(office) as one:
        mails = [replace(outgoing(n), provider="orange", connections=1) for n in range(1, 21)]
        assert {found.kind for found in one.send(mails)} == {Kind.SENT}
        assert (len(office.mails), office.connections) == (20, 1)
