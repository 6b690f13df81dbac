"""What the audit log's page calls the details of acts, and the codes that stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from relance.delivery.held import NONE
from relance.web.setup.works import TITLES

# What a detail is called, by the name the code records it under.
LABELS: Mapping[str, Any] = {
    "role": gettext_lazy("role"),
    "from": gettext_lazy("before"),
    "to": gettext_lazy("now"),
    "sent to": gettext_lazy("sent to"),
    "note": gettext_lazy("grounds"),
    "why": gettext_lazy("reason"),
    "level": gettext_lazy("stopped"),
    "channel": gettext_lazy("channel"),
    "channels": gettext_lazy("channels"),
    "addresses": gettext_lazy("addresses stopped"),
    "withdrawn": gettext_lazy("consents withdrawn"),
    "given": gettext_lazy("consents given"),
    "people": gettext_lazy("people"),
    "messages": gettext_lazy("messages"),
    "filters": gettext_lazy("filters"),
    "complete": gettext_lazy("downloaded to the end"),
    "bytes": gettext_lazy("size"),
    "kind": gettext_lazy("kind of file"),
    "options": gettext_lazy("choices made"),
    "definition": gettext_lazy("definition"),
    "text": gettext_lazy("text"),
    "base": gettext_lazy("begun from version"),
    "act": gettext_lazy("change"),
    "revision": gettext_lazy("revision"),
    "recipe": gettext_lazy("recipe"),
    "brought": gettext_lazy("brought along"),
    "version": gettext_lazy("version"),
    "start": gettext_lazy("start"),
    "canary": gettext_lazy("canary"),
    "first message": gettext_lazy("people of it who get a message"),
    "journey": gettext_lazy("journey"),
    "step": gettext_lazy("step"),
    "state": gettext_lazy("state"),
    "reason": gettext_lazy("reason"),
    "since": gettext_lazy("since"),
    "until": gettext_lazy("until"),
    "calendar": gettext_lazy("calendar"),
    "findings": gettext_lazy("what speaks against it"),
    "hits": gettext_lazy("hits"),
    "seeds": gettext_lazy("seed mailboxes"),
    "days": gettext_lazy("days"),
    "new": gettext_lazy("new"),
    "form": gettext_lazy("form"),
    "before": gettext_lazy("order before"),
    "after": gettext_lazy("order after"),
    "unanswered": gettext_lazy("not answered yet"),
    # of a sender
    "formerly": gettext_lazy("formerly"),
    "from address": gettext_lazy("from address"),
    "name": gettext_lazy("name"),
    "sender": gettext_lazy("short name"),
    "reply_to": gettext_lazy("reply address"),
    "shop_url": gettext_lazy("shop’s site"),
    "bounce_address": gettext_lazy("return address"),
    "postal_address": gettext_lazy("postal address"),
    "unsubscribe_address": gettext_lazy("unsubscribe address"),
    "dkim_keys": gettext_lazy("signing keys (DKIM)"),
    "dkim_selectors": gettext_lazy("DKIM selectors"),
    "relays": gettext_lazy("mail servers"),
    # of house rules
    "rules": gettext_lazy("rules"),
    "pressure": gettext_lazy("caps"),
    "prices": gettext_lazy("prices"),
    "providers": gettext_lazy("providers"),
    "budgets": gettext_lazy("budgets"),
    "choose": gettext_lazy("choice of channel"),
    # of a stop of the breaker
    "provider": gettext_lazy("mailbox provider"),
    "signal": gettext_lazy("signal"),
    "bad": gettext_lazy("bad answers"),
    "sends": gettext_lazy("of messages"),
    "stop level": gettext_lazy("level of the stop"),
    "bounced addresses": gettext_lazy("addresses"),
    "country": gettext_lazy("country"),
    "periods": gettext_lazy("periods"),
    "replaced": gettext_lazy("periods replaced"),
    # what was known at a release
    "moved": gettext_lazy("change state"),
    "sent": gettext_lazy("sent"),
    "bounced": gettext_lazy("bounced"),
    "complained": gettext_lazy("complaints"),
    "unsubscribed": gettext_lazy("unsubscribed"),
    "clicked": gettext_lazy("clicked"),
    # what was chosen for a file
    "source": gettext_lazy("source"),
    "mode": gettext_lazy("people known already"),
    "type": gettext_lazy("type of event"),
    "unknown": gettext_lazy("people not known"),
    "dates": gettext_lazy("dates"),
    "decimal": gettext_lazy("decimals"),
    "zone": gettext_lazy("time zone"),
    "covered_since": gettext_lazy("complete since"),
    "covered_until": gettext_lazy("complete until"),
    "columns": gettext_lazy("columns"),
}
SUBJECTS: Mapping[str, Any] = {
    NONE: gettext_lazy("of no journey"),
    "all journeys": gettext_lazy("all journeys"),
    "opt-outs": gettext_lazy("opt-outs"),
    "messages": gettext_lazy("messages"),
    "people": gettext_lazy("people"),
    "base": gettext_lazy("base"),
    "sample shop": gettext_lazy("sample shop"),
    **TITLES,
}
KINDS_OF_SUBJECT: Mapping[str, Any] = {
    "person": gettext_lazy("person %s"),
    "message": gettext_lazy("message %s"),
    "opening": gettext_lazy("stop %s"),
}
# What a restored database was found to be.
RESTORED: Mapping[str, Any] = {
    "went_back": gettext_lazy("database restored from a backup"),
    "copied": gettext_lazy("data folder copied or restored"),
    "moved": gettext_lazy("database restored or moved"),
}
LEVELS: Mapping[str, Any] = {
    "unsubscribed": gettext_lazy("commercial messages"),
    "manual": gettext_lazy("every message"),
}
# What the recipient of a mail asked for on the preference page.
WISHES: Mapping[str, Any] = {
    "choose": gettext_lazy("choice of what to receive"),
    "fewer": gettext_lazy("fewer e-mails"),
    "usual": gettext_lazy("usual pace"),
    "pause": gettext_lazy("pause"),
    "resume": gettext_lazy("end of the pause"),
    "disown": gettext_lazy("the address is not theirs"),
    "leave": gettext_lazy("unsubscribe"),
}
CHOICES: Mapping[str, Any] = {
    "merge": gettext_lazy("completed"),
    "skip": gettext_lazy("kept as they are"),
    "overwrite": gettext_lazy("overwritten"),
    "create": gettext_lazy("added"),
    "reject": gettext_lazy("left aside"),
    "day-first": gettext_lazy("day first"),
    "month-first": gettext_lazy("month first"),
    "comma": gettext_lazy("comma"),
    "point": gettext_lazy("point"),
    "ignore": gettext_lazy("not taken"),
}
