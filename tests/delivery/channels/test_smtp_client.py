"""What a server may answer to commands in one piece, and how the mail is judged then."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from relance.delivery.channels.smtp_client import Answer, Connection, DoubtError, LoginError, Moment, dotted
from relance.delivery.channels.smtp_wire import GoneError
from relance.delivery.relays import Relay

Say = dict[str, str]
OFFER = "250-here\r\n250-PIPELINING\r\n250 8BITMIME"
FINE = {"EHLO": OFFER, "MAIL": "250 OK", "RCPT": "250 OK", "DATA": "354 go on", "RSET": "250 OK", ".": "250 taken"}


def against(say: Say, visit: Callable[[Connection], Awaitable[object]], **changed: object) -> list[str]:
    """Run a visit to a server that answers by the first word of each line; return the lines it heard.

    An empty answer is a hang-up; `changed` are fields of the relay.
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
        asked = replace(relay, **changed)  # type: ignore[arg-type]
        try:
            connection = await Connection.open(asked, "shop.example", 5, ssl.create_default_context)
            await visit(connection)
            connection.drop("done")
        finally:
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


def test_a_server_that_refuses_to_start_afresh_gets_a_connection_anew() -> None:
    plain = {"EHLO": "250 here", "RCPT": "550 5.1.1 nobody", "RSET": "502 not known"}
    with pytest.raises(GoneError):
        answer(plain, 2)


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


async def _stay(connection: Connection) -> None:
    assert connection.is_open


def test_login_in_two_answers() -> None:
    say = FINE | {
        "EHLO": "250-here\r\n250 AUTH=LOGIN",
        "AUTH": "334 VXNlcm5hbWU6",
        "YW5u": "334 UGFzc3dvcmQ6",
        "c2Vj": "235 in",
    }
    assert against(say, _stay, username="anna", password="secret")[1:4] == ["AUTH LOGIN", "YW5uYQ==", "c2VjcmV0"]


def test_login_by_challenge_as_in_rfc_2195() -> None:
    challenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"
    say = FINE | {"EHLO": "250-here\r\n250 AUTH CRAM-MD5", "AUTH": f"334 {challenge}", "dGlt": "235 in"}
    heard = against(say, _stay, username="tim", password="tanstaaftanstaaf")
    assert heard[2] == "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"


@pytest.mark.parametrize(
    ("said", "error"), [("535 5.7.8 wrong", LoginError), ("454 4.7.0 not now", GoneError), ("334 again", GoneError)]
)
def test_only_a_refusal_for_good_is_of_the_password(said: str, error: type[GoneError]) -> None:
    with pytest.raises(GoneError) as caught:
        against(FINE | {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": said}, _stay, username="anna", password="secret")
    assert type(caught.value) is error


def test_a_server_without_a_login_we_know_gets_no_password() -> None:
    with pytest.raises(LoginError, match="no login"):
        against(FINE | {"EHLO": "250-here\r\n250 AUTH GSSAPI"}, _stay, username="anna", password="secret")


def test_no_password_goes_where_tls_is_asked_for_and_not_offered() -> None:
    with pytest.raises(GoneError, match="offers no TLS"):
        against(FINE, _stay, start_tls=True, username="anna", password="secret")


def test_what_is_said_before_tls_is_not_believed_after_it() -> None:
    say = FINE | {"EHLO": "250-here\r\n250 STARTTLS", "STAR": "220 go\r\n250 you may trust me"}
    with pytest.raises(GoneError, match="before TLS began"):
        against(say, _stay)


@pytest.mark.parametrize("greeting", ["554 5.7.1 no service for you", "hello?", "2" * 70_000])
def test_what_does_not_greet_is_no_server(greeting: str) -> None:
    async def run() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(f"{greeting}\r\n".encode())
            await reader.read()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        relay = Relay.read(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(GoneError):
            await Connection.open(relay, "shop.example", 5, ssl.create_default_context)
        server.close()
        await asyncio.sleep(0.02)

    asyncio.run(run())
