"""What a server may answer to commands in one piece, and how the mail is judged then."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest

from relance.delivery.channels.smtp_client import Answer, Connection, DoubtError, Moment, dotted
from relance.delivery.channels.smtp_relays import Relay
from relance.delivery.channels.smtp_wire import GoneError

Say = dict[str, str]
OFFER = "250-here\r\n250-PIPELINING\r\n250 8BITMIME"
FINE = {"EHLO": OFFER, "MAIL": "250 OK", "RCPT": "250 OK", "DATA": "354 go on", "RSET": "250 OK", ".": "250 taken"}


def against(say: Say, visit: Callable[[Connection], Awaitable[object]]) -> list[str]:
    """Run a visit to a server that answers by the first word of each line; return the lines it heard.

    An empty answer is a hang-up.
    """
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        inside = False
        while line := (await reader.readline()).decode():
            heard.append(line.rstrip("\r\n"))
            word = "." if heard[-1] == "." else ("" if inside else line[:4].strip())
            if word and not say.get(word, "500 what?"):
                break
            if word:
                inside = word == "DATA" and say["DATA"].startswith("354")
                writer.write(say.get(word, "500 what?").encode() + b"\r\n")
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        relay = Relay.read(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        connection = await Connection.open(relay, "shop.example", 5, ssl.create_default_context)
        try:
            await visit(connection)
        finally:
            connection.drop("done")
            server.close()
            await asyncio.sleep(0.02)

    asyncio.run(run())
    return heard


def answer(say: Say, times: int = 1) -> tuple[list[Answer], list[str]]:
    found: list[Answer] = []

    async def visit(connection: Connection) -> None:
        for _ in range(times):
            found.append(await connection.deliver("a@shop.example", "b@example.org", b"Subject: x\r\n\r\nHello\r\n"))

    heard = against(FINE | say, visit)
    return found, heard


def test_a_mail_takes_two_round_trips() -> None:
    (taken,), heard = answer({})
    assert (taken.moment, str(taken.reply)) == (Moment.CONTENT, "250 taken")
    assert heard[1:] == [
        "MAIL FROM:<a@shop.example>",
        "RCPT TO:<b@example.org>",
        "DATA",
        "Subject: x",
        "",
        "Hello",
        ".",
    ]


def test_content_asked_for_after_a_refused_recipient_is_ended_empty() -> None:
    (first, second), heard = answer({"RCPT": "550 5.1.1 nobody", ".": "554 no valid recipients"}, 2)
    assert (first.moment, first.reply.code) == (second.moment, second.reply.code) == (Moment.RECIPIENT, 550)
    assert "Hello" not in heard
    assert heard.count(".") == 2


def test_a_refused_sender_never_sends_an_empty_mail_to_a_recipient() -> None:
    with pytest.raises(GoneError):
        answer({"MAIL": "550 not you"}, 2)
    (refused,), heard = answer({"MAIL": "550 not you"})
    assert (refused.moment, "." in heard) == (Moment.SENDER, False)


def test_after_a_refusal_the_next_mail_starts_afresh() -> None:
    (first, second), heard = answer({"RCPT": "452 full", "DATA": "503 no recipient"}, 2)
    assert (first.reply.code, second.reply.code) == (452, 452)
    assert heard[4] == "RSET"


@pytest.mark.parametrize(
    "say", [{"MAIL": "421 too many"}, {"RCPT": "421 busy"}, {"DATA": "421 bye"}, {"RCPT": ""}, {"DATA": ""}]
)
def test_what_ends_before_the_content_was_not_taken(say: Say) -> None:
    with pytest.raises(GoneError):
        answer(say)


@pytest.mark.parametrize("say", [{".": ""}, {".": "no SMTP"}, {".": "354 more?"}])
def test_what_ends_after_the_content_is_a_doubt(say: Say) -> None:
    with pytest.raises(DoubtError):
        answer(say)


@pytest.mark.parametrize("offer", ["250 here", "502 not known"])
def test_a_server_without_pipelining_is_asked_one_thing_after_the_other(offer: str) -> None:
    (refused,), heard = answer({"EHLO": offer, "HELO": "250 here", "RCPT": "550 5.1.1 nobody"})
    assert (refused.moment, "DATA" in heard) == (Moment.RECIPIENT, False)


@pytest.mark.parametrize(
    ("mail", "travels"),
    [
        (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n"),
        (b".a\n..b\r.\r\n", b"..a\r\n...b\r\n..\r\n.\r\n"),
        (b"no end", b"no end\r\n.\r\n"),
        (b"a\n.\nMAIL FROM:<x@y>\r\n", b"a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_a_mail_travels_with_its_dots_doubled(mail: bytes, travels: bytes) -> None:
    assert dotted(mail) == travels
