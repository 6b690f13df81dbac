"""The first run: which steps there are, which are done, what skipping one means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from relance.contacts.models import Contact
from relance.core import database
from relance.eligibility import permission
from relance.intake.models import ImportRun


@dataclass(frozen=True)
class Step:
    """A step: what to bring, why, the kind of file, and what skipping it means."""

    name: str
    kinds: tuple[str, ...]
    icon: str
    title: Any
    why: Any
    needs: Any
    skipping: Any
    samples: tuple[str, ...] = ()


STEPS = (
    Step(
        "contacts", ("contacts",), "users", _("Contacts"),
        _(
            "The people of your base: a customer number or an e-mail address is enough; names, telephone numbers and "
            "consents come along if the file has them."
        ),
        _("An export of the shop or of the mailing tool, as CSV."),
        _("People will be made from the orders alone: without addresses in them, nobody can be written to."),
        ("contacts",),
    ),
    Step(
        "orders", ("events",), "shopping-cart", _("Orders"),
        _("Who bought what and when: it is purchases, not openings, that say who has gone quiet."),
        _("One line per order or per line of an order: customer, date, amount. Credit notes are recognised."),
        _("Nobody can be called dormant: without purchases the state of everybody stays undetermined, and no money asleep is counted."),
        ("orders",),
    ),
    Step(
        "optouts", ("suppressions", "consents"), "ban", _("Opt-outs and consents"),
        _("Who must not be written to any more, and who agreed to what. Addresses of opt-outs are kept only in a form nobody can read."),
        _("The list of unsubscribed and bounced addresses of your mailing tool; a register of consents if you keep one."),
        _(
            "No commercial message will leave until opt-outs are here, or a named person declares that there are none."
        ),
        ("optouts", "consents"),
    ),
    Step(
        "history", ("events",), "history", _("Send history"),
        _(
            "What was sent, clicked and bounced in the former tool: it tells those who react to no message from those who "
            "were never written to."
        ),
        _(
            "Sends, clicks, bounces and unsubscribes: one line each with the type of event in a column, or one line for each mail "
            "and person with a column for each event."
        ),
        _("Reactions to messages stay unknown until your first sends from here; dead mailboxes are found out only by writing to them."),
        ("history",),
    ),
)  # fmt: skip
BY_NAME = {step.name: step for step in STEPS}

_DONE = """
    SELECT EXISTS (SELECT 1 FROM import_run WHERE kind = 'contacts' AND state = 'done'),
        EXISTS (SELECT 1 FROM coverage WHERE type IN ('order_placed', 'store_purchase')),
        EXISTS (SELECT 1 FROM coverage JOIN source ON source.id = source_id WHERE type LIKE 'message\\_%%' AND source.name <> 'relance')
"""


def needed() -> bool:
    """Tell whether the base is empty, so that the first page is the first run."""
    return not Contact.objects.exists()


def done() -> set[str]:
    """Return the steps whose files are in; that of opt-outs as the gate asks for it."""
    contacts, orders, history = database.rows(_DONE, {})[0]
    there = {"contacts": contacts, "orders": orders, "optouts": permission.opt_outs_known(), "history": history}
    return {name for name, known in there.items() if known}


def following(passed: Collection[str]) -> str:
    """Return the first step neither done nor skipped; empty when none is left."""
    return next((step.name for step in STEPS if step.name not in passed), "")


def skipped(request: HttpRequest) -> list[str]:
    """Return the steps this person left out."""
    found = request.session.get("skipped", [])
    return [name for name in found if name in BY_NAME] if isinstance(found, list) else []


def lacking(step: Step) -> tuple[str, ...]:
    """Return the kinds of file that a step of several still waits for, once one of them is in."""
    came = set(ImportRun.objects.filter(kind__in=step.kinds, state="done").values_list("kind", flat=True))
    return tuple(kind for kind in step.kinds if kind not in came) if came and len(step.kinds) > 1 else ()


def leads_to(step: Step, left_out: Collection[str]) -> str:
    """Return the step to show once a file of this one is in: itself while another file may come; empty after the last."""
    return step.name if lacking(step) else following({*done(), *left_out})


def states(ready: Collection[str], skipped: Collection[str], current: str) -> list[Mapping[str, Any]]:
    """Return the steps with what became of each: done, skipped or open."""
    return [
        {
            "step": step, "number": number, "current": step.name == current,
            "state": "done" if step.name in ready else "skipped" if step.name in skipped else "open",
        }
        for number, step in enumerate(STEPS, start=1)
    ]  # fmt: skip
