"""Images inside the mail: read as EmailMessage has them, signed as they are, those brought to Relance and no others."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from hashlib import sha256
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as limits

from relance.content import images
from relance.content.compiler import Rendered
from relance.core import place
from relance.core.errors import DefinitionError
from relance.delivery import dispatch, inline, mail, signing
from relance.outbox.models import Purpose
from tests.conftest import NOW
from tests.delivery.sending import TEMPLATE, message, person, published
from tests.delivery.test_as_email_message import content, read
from tests.delivery.texts import contents

pytestmark = pytest.mark.usefixtures("db")
GIF = b"GIF89a" + bytes(range(256)) * 9
PNG = b"\x89PNG\r\n\x1a\n" + b"\r\n--=_ .\n" * 40
DOMAIN = "example.org"


def kept(data: bytes, kind: str) -> tuple[str, str]:
    """Return name and address of an image kept for mails."""
    name = f"{sha256(data).hexdigest()[:32]}.{kind}"
    (images.folder() / name).write_bytes(data)
    return name, f"{settings.RELANCE.base_url.rstrip('/')}/images/{name}"


def composed(html: str) -> mail.Draft:
    envelope = mail.Envelope(7, UUID(int=7), "anna@example.org", Purpose.PROMOTION, 3, "hello")
    return mail.draft(envelope, Rendered("🎁 Hello", "", html, "Hello"), NOW, inline=True)


def peer(html: str, held: list[tuple[str, str, bytes]]) -> EmailMessage:
    """The same mail by the standard library."""
    made = EmailMessage(policy=SMTPUTF8)
    made.set_content("Hello")
    made.add_alternative(html, subtype="html")
    page = made.get_payload()[1]  # type: ignore[index]
    for name, kind, data in held:
        page.add_related(data, "image", kind, cid=f"<{name}@{DOMAIN}>", filename=name, disposition="inline")  # type: ignore[union-attr]
    return made


def outline(made: EmailMessage) -> list[tuple[str, object, object, object]]:
    return [
        (
            part.get_content_type(),
            part["Content-ID"],
            part.get_filename(),
            part.get_content() if part.get_content_maintype() == "image" else None,
        )
        for part in made.walk()
    ]


def test_no_boundary_begins_with_another() -> None:
    _, at = kept(GIF, "gif")
    marks = re.findall(rb'boundary="([^"]+)"', composed(f'<img src="{at}">').whole())
    assert len(marks) == 2
    assert not any(one.startswith(other) for one in marks for other in marks if one is not other)


@given(text=contents)
@limits(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_a_mail_with_its_images_reads_as_email_message_has_it(text: str) -> None:
    (gif, at), (png, there) = kept(GIF, "gif"), kept(PNG, "png")
    text = text.encode("utf-8", "replace").decode()
    html = f'<p>{text}</p><img src="{at}"><img src="{there}"><img src="{at}">'
    made = composed(html)
    raw = made.whole()
    ours, cids = read(raw, SMTP), (f"cid:{gif}@{DOMAIN}", f"cid:{png}@{DOMAIN}")
    named = html.replace(at, cids[0]).replace(there, cids[1])
    theirs = peer(named.replace("\r\n", "\n").replace("\r", "\n"), [(gif, "gif", GIF), (png, "png", PNG)])
    assert outline(ours) == outline(theirs)
    assert content(ours, "html") == content(theirs, "html")
    assert content(ours, "plain") == content(theirs, "plain")
    assert ours["Subject"] == "🎁 Hello"
    assert raw.isascii()
    assert all(len(row) <= 78 for row in made.body.split(b"\r\n"))
    assert signing.relaxed_body(made.body) == signing.relaxed_body(made.relaxed) == made.relaxed


def test_only_images_brought_here_are_inside() -> None:
    foreign = '<img src="https://shop.example.org/cup.png">'
    gone = f'<img src="{settings.RELANCE.base_url}/images/{"0" * 32}.png">'
    made = composed(foreign + gone)
    assert foreign in content(read(made.whole()), "html")
    assert gone in content(read(made.whole()), "html")
    assert [part.get_content_type() for part in read(made.whole()).iter_parts()] == ["text/plain", "text/html"]


def test_what_weighs_too_much_stays_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    (gif, at), (png, there) = kept(GIF, "gif"), kept(PNG, "png")
    monkeypatch.setattr(inline, "MOST", len(PNG) + 500)
    held = inline.embed(f'<img src="{at}"><img src="{there}">', DOMAIN)
    assert held.html == f'<img src="{at}"><img src="cid:{png}@{DOMAIN}">'
    assert len(held.parts) == 1
    assert gif not in str(held.parts)


@pytest.mark.parametrize(
    ("how", "kinds"), [("inline", ["text/plain", "multipart/related"]), ("linked", ["text/plain", "text/html"])]
)
def test_a_template_says_how_its_images_travel(now: datetime, how: str, kinds: list[str]) -> None:
    _name, at = kept(GIF, "gif")
    image = f'<mj-image src="{at}" alt="A cup" width="100px" />'
    text = TEMPLATE.replace("<mj-text>Hello", f"{image}<mj-text>Hello").replace(
        "<mj-text>Bonjour", f"{image}<mj-text>Bonjour"
    )
    version = published(now, text.replace("template: hello", f"template: hello\nimages: {how}"))
    message(person("Anna", now), now, template_version_id=version.pk)
    dispatch.dispatch(now)
    [path] = (place.current().data / "maildir" / "new").iterdir()
    assert [part.get_content_type() for part in read(path.read_bytes()).iter_parts()] == kinds


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(DefinitionError):
        published(NOW, TEMPLATE.replace("template: hello", "template: hello\nimages: carved"))
