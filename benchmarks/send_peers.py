"""The peers of `benchmarks.send`, each in a Django of its own: `python -m benchmarks.send_peers KIND PORT MESSAGES PAGE DSN`.

`django`: Django's mail classes over its SMTP backend, signed by dkimpy, two processes. `post_office`: django-post-office's queue in
PostgreSQL, emptied by one process of four threads, with the mails written beforehand and nothing logged; `post_office_whole`: the
same, its template rendered for each person at delivery and its log of successes and failures on, as it is by default;
`post_office_signed`: that one, its backend signing by dkimpy, which is all of the work that ours does but for the gate. Prints the
seconds. PAGE is a file with the HTML.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

WORKERS = 2
SMTP = "django.core.mail.backends.smtp.EmailBackend"
HEADERS = [b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post"]
UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://shop.example.org/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def configure(port: int, dsn: str, log_level: int, backend: str) -> None:
    """Make a Django project in place: PostgreSQL by `dsn` (host user dbname), SMTP on loopback."""
    from django.conf import settings

    host, user, name = dsn.split(" ")
    settings.configure(
        SECRET_KEY="of the benchmark", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["post_office"], EMAIL_HOST="127.0.0.1", EMAIL_PORT=port,
        EMAIL_BACKEND=SMTP,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": "5432", "USER": user, "NAME": name}},
        POST_OFFICE={"BATCH_SIZE": 1000, "THREADS_PER_PROCESS": 4, "LOG_LEVEL": log_level,
                     "BACKENDS": {"default": backend}},
    )  # fmt: skip
    import django

    django.setup()


@cache
def key() -> bytes:
    """Return a private key of 2,048 bits."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    kind = serialization.PrivateFormat.TraditionalOpenSSL
    private = rsa.generate_private_key(65537, 2048)
    return private.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())


def signed(mail: Any) -> bytes:
    """Return a mail of Django's classes with its signature by dkimpy."""
    import dkim

    content: bytes = mail.message().as_bytes(linesep="\r\n")
    signature: bytes = dkim.sign(content, b"s", b"example.org", key(), include_headers=HEADERS)
    return signature + content


def signing(*given: Any, **named: Any) -> Any:
    """Return Django's SMTP backend, each mail signed by dkimpy."""
    from django.core.mail.backends.smtp import EmailBackend

    class Signing(EmailBackend):
        def _send(self, email_message: Any) -> bool:
            self.connection.sendmail(email_message.from_email, email_message.recipients(), signed(email_message))
            return True

    return Signing(*given, **named)


def by_django(messages: int, page: str) -> float:
    """Send through EmailMultiAlternatives, each signed by dkimpy, and return the seconds."""
    from django.core.mail import EmailMultiAlternatives, get_connection

    key()

    def work() -> None:
        way: Any = get_connection()
        way.open()
        for number in range(messages // WORKERS):
            mail = EmailMultiAlternatives(
                f"Hello Anna {number}", f"Hello Anna {number}", "shop@example.org", [f"anna{number}@example.org"],
                headers=UNSUBSCRIBE,
            )  # fmt: skip
            mail.attach_alternative(page.replace("Anna", f"Anna {number}"), "text/html")
            way.connection.sendmail("shop@example.org", mail.to, signed(mail))
        way.close()

    begun = time.perf_counter()
    pids = []
    for _ in range(WORKERS):
        pid = os.fork()
        if pid == 0:
            work()
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return time.perf_counter() - begun


def by_post_office(messages: int, page: str) -> float:
    """Queue mails that are written already and let django-post-office send them; return the seconds of the sending."""
    return emptied_queue([
        {"sender": "shop@example.org", "recipients": [f"anna{n}@example.org"], "subject": f"Hello Anna {n}",
         "message": f"Hello Anna {n}", "html_message": page.replace("Anna", f"Anna {n}"), "headers": UNSUBSCRIBE}
        for n in range(messages)
    ])  # fmt: skip


def by_post_office_whole(messages: int, page: str) -> float:
    """Queue people with their values; django-post-office renders its template for each as it sends."""
    from django.core.management import call_command
    from post_office.models import EmailTemplate

    call_command("migrate", verbosity=0)
    EmailTemplate.objects.all().delete()
    template = EmailTemplate.objects.create(
        name="hello",
        subject="Hello {{ name }}",
        content="Hello {{ name }}",
        html_content=page.replace("Anna", "{{ name }}"),
    )
    return emptied_queue([
        {"sender": "shop@example.org", "recipients": [f"anna{n}@example.org"], "template": template,
         "context": {"name": f"Anna {n}"}, "render_on_delivery": True, "headers": UNSUBSCRIBE}
        for n in range(messages)
    ])  # fmt: skip


def emptied_queue(mails: list[dict[str, Any]]) -> float:
    """Queue the mails, let them be sent, and return the seconds of the sending."""
    from django.core.management import call_command
    from post_office import mail
    from post_office.models import Email

    call_command("migrate", verbosity=0)
    Email.objects.all().delete()
    mail.send_many(mails)
    begun = time.perf_counter()
    while Email.objects.filter(status=2).exists():  # queued
        mail.send_queued(processes=1)  # its default; with more, psycopg's connection is shared over a fork and breaks
    seconds = time.perf_counter() - begun
    assert Email.objects.filter(status=0).count() == len(mails), "post_office sent fewer"
    return seconds


if __name__ == "__main__":
    kind, port, messages, page, dsn = sys.argv[1:6]
    backend = "benchmarks.send_peers.signing" if kind == "post_office_signed" else SMTP
    configure(int(port), dsn, log_level=0 if kind == "post_office" else 2, backend=backend)
    send = {"django": by_django, "post_office": by_post_office}.get(kind, by_post_office_whole)
    print(send(int(messages), Path(page).read_text()))
