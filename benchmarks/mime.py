"""Mails a second of one core: a personalised page of 22 KB filled, composed and signed, beside the standard library and dkimpy.

    .venv/bin/python -m benchmarks.mime --messages 2000 --runs 5

Prints JSON: for each part the median over `--runs` of processor seconds for `--messages` mails, as mails a second and
microseconds a mail. Every mail differs in name, subject, links and address. `floor` is what no program can leave out: SHA-256
of the mail's bytes and one bare RSA-2048 signature; beside it stands the C library's quoted-printable of the page. Peers (extra `dev`) run in the same
process: EmailMessage to bytes, and the same signed by dkimpy with the same key, fewer times (`--peers`). Every mail of ours of
the first run is verified by dkimpy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import tempfile
import time
from binascii import b2a_qp
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
ROW = (
    '<mj-section background-color="#ffffff" padding="8px 0"><mj-column><mj-text font-size="15px" line-height="22px">'
    "Voici la pièce n° %d : faïence émaillée à la main, de l’été. "
    '<a href="{{ shop.url }}/piece/%d">La voir</a></mj-text></mj-column></mj-section>'
)
HELLO = "<mj-section><mj-column><mj-text>Bonjour {{ contact.first_name | default: 'à vous' }},</mj-text></mj-column></mj-section>"
FOOT = '<mj-text>{{ shop.name }}, {{ shop.postal_address }} <a href="{{ unsubscribe_url }}">Se désabonner</a></mj-text>'
TEMPLATE = """
template: bench
{language}:
  subjects: {{a: "{{{{ contact.first_name | default: 'Vous' }}}}, ça fait longtemps 🎁"}}
  preheader: Des nouvelles de l’atelier
  mjml: |
    <mjml><mj-body>{rows}<mj-section><mj-column>{foot}</mj-column></mj-section></mj-body></mjml>
"""


class Bench:
    """The page, the people and the keys."""

    def __init__(self, messages: int, rows: int) -> None:
        from relance.content import publishing, values
        from relance.content.compiler import Filled
        from relance.core import definitions
        from relance.delivery import keys, mail

        body = HELLO + "".join(ROW % (number, number) for number in range(rows))
        part = TEMPLATE.format(language="fr", rows=body, foot=FOOT)
        other = part.partition("\nfr:")[2]
        definition, compiled = publishing.check(definitions.parse(f"{part}en:{other}", "bench.yaml"))
        self.filled = Filled(compiled["fr"].as_json(), "fr")
        self.below, self.links = values.empties(definition.values), len(compiled["fr"].links)
        self.keys = {kind: keys.make(kind, kind) for kind in ("rsa", "ed25519")}
        self.envelopes = [
            mail.Envelope(n, UUID(int=n), f"anna{n}@example.org", "promotion", 3, "hello") for n in range(messages)
        ]
        self.rendered = [self.render(envelope) for envelope in self.envelopes]
        self.raw = [mail.compose(*pair, NOW) for pair in zip(self.envelopes, self.rendered, strict=True)]

    def known(self, envelope: Any) -> dict[str, Any]:
        """Return the values of one person, signed links among them, as delivery gives them."""
        from relance.delivery import mail, values

        number, uuid = envelope.message_id, envelope.uuid
        return {
            "contact": {"first_name": f"Zoé {number}", "language": "fr", "attributes": {}},
            "shop": values.shop(),
            "unsubscribe_url": mail.unsubscribe_url(number, uuid),
            "links": mail.click_urls(number, uuid, range(self.links)),
        }

    def render(self, envelope: Any) -> Any:
        """Return the filled page of one person, as `publishing.render` does with a version it knows."""
        from relance.content import values

        return self.filled.render("a", values.complete(self.below, self.known(envelope)))

    def peer(self, envelope: Any, rendered: Any) -> bytes:
        """Return the same mail by the standard library."""
        from relance.delivery import mail

        made = EmailMessage(policy=policy.SMTP)
        made["From"], made["To"], made["Subject"] = "Relance <shop@example.org>", envelope.address, rendered.subject
        made["Date"], made["Message-ID"] = NOW, f"<{envelope.uuid}@example.org>"
        made["List-Unsubscribe"] = f"<{mail.unsubscribe_url(envelope.message_id, envelope.uuid)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made["List-Id"], made["Feedback-ID"] = "Relance <promotion.example.org>", "hello:3:promotion:exampleorg"
        made.set_content(rendered.text)
        made.add_alternative(rendered.html, subtype="html")
        return made.as_bytes()

    def peer_signed(self, envelope: Any, rendered: Any) -> bytes:
        """Return the same mail by the standard library, signed by dkimpy."""
        import dkim

        raw, key = self.peer(envelope, rendered), self.keys["rsa"]
        return (
            bytes(dkim.sign(raw, b"rsa", b"example.org", key.file.read_bytes(), canonicalize=(b"relaxed", b"relaxed")))
            + raw
        )

    def floor(self, raw: bytes) -> None:
        """Do what cannot be left out."""
        self.keys["rsa"].sign(hashlib.sha256(raw).digest())

    def verified(self) -> int:
        """Return how many of our mails, signed by both keys, dkimpy verifies."""
        import dkim

        from relance.delivery import signing

        both = list(self.keys.values())
        records = {f"{key.name()}.".encode(): key.record().encode() for key in both}
        signed = [signing.sign(raw, both, "example.org", NOW) for raw in self.raw[:500]]
        return sum(
            dkim.DKIM(one).verify(number, dnsfunc=lambda name, timeout=5: records.get(name))
            for one in signed
            for number in (0, 1)
        )


def rate(do: Callable[[Any, Any, bytes], object], bench: Bench, messages: int, runs: int) -> dict[str, float]:
    """Return the median speed of doing it for so many mails."""
    seconds = []
    rows = list(zip(bench.envelopes, bench.rendered, bench.raw, strict=True))[:messages]
    for _ in range(runs):
        started = time.process_time()
        for row in rows:
            do(*row)
        seconds.append(time.process_time() - started)
    each = statistics.median(seconds) / len(rows)
    return {"per_second": round(1 / each), "microseconds": round(each * 1e6, 1)}


def run(messages: int, peers: int, runs: int, rows: int) -> dict[str, Any]:
    """Return what was measured."""
    from relance.delivery import mail, signing

    bench = Bench(messages, rows)

    def sign(draft: mail.Draft, chosen: Sequence[Any]) -> bytes:
        return signing.signatures(draft.head, draft.relaxed, chosen, "example.org", NOW) + draft.whole()

    def signed(*kinds: str) -> Callable[[Any, Any, bytes], object]:
        chosen = [bench.keys[kind] for kind in kinds]
        return lambda who, page, raw: sign(mail.draft(who, page, NOW), chosen)

    def whole(who: Any, page: Any, raw: bytes) -> object:
        return sign(mail.draft(who, bench.render(who), NOW), [bench.keys["rsa"]])

    parts: dict[str, tuple[Callable[[Any, Any, bytes], object], int]] = {
        "floor": (lambda who, page, raw: bench.floor(raw), messages),
        "quoted_printable_alone": (lambda who, page, raw: b2a_qp(page.html.encode(), istext=True), messages),
        "values_with_signed_links": (lambda who, page, raw: bench.known(who), messages),
        "values_and_liquid": (lambda who, page, raw: bench.render(who), messages),
        "compose": (lambda who, page, raw: mail.compose(who, page, NOW), messages),
        "compose_ed25519": (signed("ed25519"), messages),
        "compose_rsa": (signed("rsa"), messages),
        "compose_both": (signed("rsa", "ed25519"), messages),
        "all_of_it_with_rsa": (whole, messages),
        "email_message": (lambda who, page, raw: bench.peer(who, page), peers),
        "email_message_dkimpy_rsa": (lambda who, page, raw: bench.peer_signed(who, page), peers),
    }
    for do, count in parts.values():
        rate(do, bench, min(20, count), 1)
    found = {name: rate(do, bench, count, runs) for name, (do, count) in parts.items()}
    return {
        "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()},
        "messages": messages, "html_bytes": len(bench.rendered[0].html.encode()), "mail_bytes": len(bench.raw[0]), "links": bench.links,
        "processor": found,
        "times": {
            "compose_over_email_message": _times(found, "compose", "email_message"),
            "compose_rsa_over_email_message_dkimpy": _times(found, "compose_rsa", "email_message_dkimpy_rsa"),
            "compose_rsa_of_floor": _times(found, "compose_rsa", "floor"),
        },
        "signatures_verified_by_dkimpy": f"{bench.verified()} of {2 * min(messages, 500)}",
    }  # fmt: skip


def _times(found: dict[str, dict[str, float]], ours: str, theirs: str) -> float:
    return round(found[ours]["per_second"] / found[theirs]["per_second"], 2)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure in a data folder of its own and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--messages", type=int, default=2_000)
    asked.add_argument("--peers", type=int, default=200)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--rows", type=int, default=11, help="sections of the page; 11 make 22 KB")
    options = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RELANCE_DATA": folder, "DJANGO_SETTINGS_MODULE": "relance.settings", "RELANCE_LANGUAGE": "fr"}
        import django

        django.setup()
        print(json.dumps(run(options.messages, options.peers, options.runs, options.rows), indent=2))


if __name__ == "__main__":
    main()
