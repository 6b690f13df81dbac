"""A name server on loopback that answers from a table: (name, kind) to records; a name of None stays silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]


def answer(zone: Zone, wire: bytes) -> bytes:
    """Return the reply to a question: its records, nothing where only another kind is there, else no such name."""
    query = dns.message.from_wire(wire)
    question = query.question[0]
    name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    if records := zone.get((name, kind)):
        texts = [f'"{text}"' if kind == "TXT" else text for text in records]
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
    elif not any(known == name for known, _ in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    if ("broken." + name, "") in zone:
        reply.set_rcode(dns.rcode.SERVFAIL)
    return reply.to_wire()


@contextmanager
def served(zone: Zone) -> Iterator[str]:
    """Serve a zone; the value is the server's `address:port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        done = threading.Event()

        def loop() -> None:
            while not done.is_set():
                try:
                    wire, peer = server.recvfrom(4096)
                except TimeoutError:
                    continue
                server.sendto(answer(zone, wire), peer)

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            done.set()
            thread.join()
