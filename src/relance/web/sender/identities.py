"""What the page of senders tells: who sends, as people see it; what is missing and why; what the installation keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core import settings_table
from relance.core.errors import NotFoundError
from relance.delivery import keys
from relance.journeys import sender_uses
from relance.senders import keeping, register
from relance.senders.sender import DEFAULT, EXAMPLE, Sender
from relance.web import titles
from relance.web.language import current
from relance.web.sender import forms

Data = dict[str, Any]
EXAMPLES = {
    "from": settings_table.Table.model_fields["mail_from"].default,
    "name": settings_table.Table.model_fields["mail_from_name"].default,
    "shop_url": settings_table.Table.model_fields["shop_url"].default,
}  # what the settings say where nobody has set them
IN_THE_INBOX = ("name", "from")  # which the likeness shows
_KEPT = {
    "name": "titles",
    "from": "address",
    "reply_to": "reply_to",
    "shop_url": "shop_url",
    "postal_address": "postal_address",
}
SETTINGS, OF_DEFAULT = (
    gettext_lazy("from the installation’s settings"),
    gettext_lazy("as for the main sender"),
)


def board() -> Data:
    """Return every sender in force, with what it lacks."""
    senders = register.in_force()
    return {"senders": [_told(one, senders[DEFAULT]) for one in senders.values()], "several": len(senders) > 1}


def one(name: str) -> Data:
    """Return what the page of one sender shows beside its form; NotFoundError where none is called so."""
    senders = register.in_force()
    return _told(keeping.find(name), senders[DEFAULT])


def written(name: str) -> Data:
    """Return what is written for a sender; nothing for a default that the settings say alone."""
    try:
        return keeping.written(name)
    except NotFoundError:
        if name != DEFAULT:
            raise
        return {}


def to_start_with(name: str) -> Data:
    """Return what its form starts with: of the default also what the settings say, the examples left out."""
    found = written(name)
    if name == DEFAULT:
        set_ones = {field: value for field, value in forms.of_settings().items() if value != EXAMPLES.get(field)}
        found = set_ones | found
    return forms.initial(found)


def _told(sender: Sender, default: Sender) -> Data:
    said = written(sender.name)
    return {
        "sender": sender, "name": sender.name, "street": sender.address_after_name(current()), "is_default": sender.name == DEFAULT, "title": sender.title(current()),
        "names": [] if len(sender.titles) < 2 else [title for _language, title in sender.titles],
        "written": bool(said), "facts": list(_facts(sender, said)), "lacks": list(_lacks(sender)), "kept": list(_kept(sender)),
        "journeys": [] if sender.name == DEFAULT else sorted({titles.journey(use.name) for use in sender_uses.found(sender.name)}),
    }  # fmt: skip


def _facts(sender: Sender, said: Data) -> Iterator[Data]:
    """Yield what people see, each with where it comes from where nobody wrote it here."""
    shown = (
        ("name", _("Name people see"), ", ".join(dict.fromkeys(title for _language, title in sender.titles))),
        ("from", _("Address mails come from"), sender.address),
        ("reply_to", _("Replies go to"), sender.reply_to or _("the same address")),
        ("shop_url", _("The shop’s site"), sender.shop_url),
        ("postal_address", _("Postal address"), sender.postal_address),
    )
    for field, label, text in shown:
        inherited = bool(getattr(sender, _KEPT[field])) and not said.get(field)
        origin = "" if not inherited else SETTINGS if sender.name == DEFAULT else OF_DEFAULT
        if origin or field not in IN_THE_INBOX or (field == "name" and len(sender.titles) > 1):
            yield {"label": label, "text": text, "origin": origin}


def _lacks(sender: Sender) -> Iterator[Data]:
    """Yield what is missing, with why it matters; `grave` where mails ought not to leave without it."""
    if sender.domain == EXAMPLE:
        yield _lack(_("No address of yours"), _("mails still come from the example’s, which no mailbox provider takes. Give one of your own domain."))  # fmt: skip
    if not sender.postal_address:
        yield _lack(_("No postal address"), _("every commercial mail must say who sends it and where they are. Without it the foot of your mails is incomplete, and no journey that really sends can be approved."))  # fmt: skip
    if sender.shop_url == EXAMPLES["shop_url"]:
        yield _lack(_("No site"), _("links still lead to the example’s shop, where nobody finds yours."))
    if sender.titles == (("", EXAMPLES["name"]),):
        yield _lack(_("No name of yours"), _("people see “Relance”, the name of this software, and do not know who writes: they would mark it as spam."), grave=False)  # fmt: skip
    if sender.relays and sender.relays not in settings.RELANCE.relay_groups:
        yield _lack(_("No mail servers"), _("those of this sender are not connected, none of its messages can leave. Tell the person who runs Relance."))  # fmt: skip


def _lack(title: str, why: str, *, grave: bool = True) -> Data:
    return {"title": title, "why": why, "grave": grave}


def _kept(sender: Sender) -> Iterator[tuple[str, str]]:
    """Yield what whoever installs Relance keeps: never a password, never a key."""
    selectors = ", ".join(keys.selectors([sender]))
    yield _("Signatures (DKIM)"), selectors or _("none named: your mailing service may sign by itself")
    if sender.relays:
        yield _("Mail servers"), _("its own, called %(name)s") % {"name": sender.relays}
    else:
        yield _("Mail servers"), _("those of the installation") if settings.RELANCE.mails_leave else _("none: mails stay in a folder of this machine")  # fmt: skip
    yield _("Returned mails come to"), sender.bounce_address or _("the address mails come from")
    yield _("Unsubscribe requests by mail"), sender.unsubscribe_address or _("none: the link in each mail does")
