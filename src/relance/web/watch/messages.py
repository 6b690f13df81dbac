"""The messages: the list, its file for spreadsheets, each message as it was sent."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core import audit
from relance.core.errors import NotFoundError, RelanceError
from relance.eligibility.reasons import REASONS
from relance.journeys import definition
from relance.journeys.models import Version
from relance.outbox.models import Message
from relance.web import step_titles, titles, wording
from relance.web.doors import actor, needs
from relance.web.language import current
from relance.web.people import words as people_words
from relance.web.people.spreadsheet import BOM, DELIMITERS, Line, safe
from relance.web.security import framed_mail
from relance.web.watch import letter, outgoing
from relance.web.watch.outgoing import Filters

REFUSALS = tuple(code for code in REASONS if code != "allowed")


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the messages asked for."""
    wanted = outgoing.read(request.GET.dict())
    page = outgoing.page(wanted, request.GET.get("after", ""))
    context = {
        "page": page, "rows": outgoing.shown(page.rows), "wanted": wanted, "journeys": titles.all_journeys(), "steps": _steps(wanted),
        "states": people_words.MESSAGE_STATES, "reasons": [(code, people_words.word(people_words.VERDICTS, code)) for code in REFUSALS],
        "filtered": wanted != Filters(),
    }  # fmt: skip
    return render(request, "watch/messages.html", context)


@require_POST
@needs(Capability.PROTECT)
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the messages asked for as a file, streamed; the audit log says who took it."""
    wanted, language = outgoing.read(request.GET.dict()), current()
    asked = {name: str(value) for name, value in vars(wanted).items() if value}
    audit.record("messages exported", "messages", now=timezone.now(), actor=actor(request), details=dict(asked))
    response = StreamingHttpResponse(
        _lines(outgoing.everything(wanted), language), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="messages-{timezone.now():%Y-%m-%d}.csv"'
    return response


@needs(Capability.READ)
def show_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show one message: what was said, to whom, when, what the gate said, what came back."""
    return render(request, "watch/message.html", letter.told(_message(message_id)))


@needs(Capability.READ)
def show_mail(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show the mail itself, in a frame."""
    try:
        rendered = letter.rendered(_message(message_id))
    except RelanceError as error:
        return framed_mail(HttpResponse(wording.say(str(error)), content_type="text/plain; charset=utf-8"))
    return framed_mail(HttpResponse(rendered.html))


def _message(message_id: int) -> Message:
    found = Message.objects.filter(pk=message_id).first()
    if found is None:
        raise NotFoundError(_("This message is not known here."))
    return found


def _steps(wanted: Filters) -> list[tuple[str, str]]:
    """Return the sends of the journey asked for, in tree order: key and title."""
    version = (
        Version.objects.filter(journey__name=wanted.journey).order_by("-number").first() if wanted.journey else None
    )
    return list(step_titles.of(definition.of(version)).items()) if version else []


def _lines(rows: Iterable[dict[str, Any]], language: str) -> Iterator[str]:
    """Write the rows as lines of CSV, no cell of which a spreadsheet takes for a formula."""
    writer: Any = csv.writer(Line(), delimiter=DELIMITERS[language])
    with translation.override(language):
        heads = [
            _("Written"),
            _("Journey"),
            _("Step"),
            _("Person"),
            _("Address"),
            _("Purpose"),
            _("State"),
            _("Why"),
            _("Sent"),
        ]
        yield BOM + writer.writerow(heads)
    for row in rows:
        with translation.override(language):
            cells = _cells(row)
        yield writer.writerow([safe(cell) for cell in cells])


def _cells(row: dict[str, Any]) -> list[str]:
    message, contact = row["message"], row["contact"]
    return [
        f"{message.created_at:%Y-%m-%d %H:%M}", row["title"], message.step,
        f"{contact.first_name} {contact.last_name}".strip() if contact else "", row["address"], message.purpose,
        people_words.word(people_words.MESSAGE_STATES, message.state), row["reason"], f"{message.sent_at:%Y-%m-%d %H:%M}" if message.sent_at else "",
    ]  # fmt: skip
