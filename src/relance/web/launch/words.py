"""What the bars, the points of the checklist and the stages of a work are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

BARS: dict[str, tuple[Any, Any]] = {
    "segment": (_("In the entry segment"), _("Everybody the entry segment holds, as of its last refresh.")),
    "inside": (
        _("In the journey, or entered lately"),
        _(
            "They are in it now, entered it too recently or may enter only once, or were put to sleep and did not stir since."
        ),
    ),
    "suppressed": (_("Suppressed"), _("An address of theirs is on the suppression list.")),
    "permission": (
        _("No permission"),
        _("No consent that covers this purpose on this channel, or the former opt-outs are not known."),
    ),
    "unreachable": (_("Unreachable"), _("No address, an address that is not valid, or erased.")),
    "left_alone": (
        _("To be left alone"),
        _("They objected, are due for erasure, or the policy says that they are out of target."),
    ),
    "period": (_("Commercial period"), _("At that hour a commercial period keeps reactivations waiting.")),
    "breaker": (
        _("Stopped by the breaker"),
        _("The breaker stopped sends of this journey or sender at their provider."),
    ),
    "hours": (
        _("Not at that hour"),
        _("Quiet or lawful hours where they live, or calls they were spared, put it off."),
    ),
    "pressure": (_("Pressure cap"), _("They would have had too many messages lately.")),
    "control": (
        _("Control group"),
        _(
            "Of those the message would have reached, drawn by chance to get nothing: what the journey earns is measured against them."
        ),
    ),
    "waiting": (
        _("After the canary"),
        _(
            "They follow once a person lets them, in a reactivation by steps; whom the gate holds back at that hour only is among them."
        ),
    ),
    "canary": (_("Canary: first message"), _("Drawn by chance among those who would get it; they are the first.")),
}
CODES: dict[str, Any] = {
    "in_journey": _("in the journey now"),
    "too_recent": _("entered the journey too recently, or may enter only once"),
    "asleep": _("put to sleep, and still"),
    "canary_control": _("control group of the canary"),
    "control": _("control group"),
    "control_later": _("control group, held back at that hour"),
    "waiting": _("waits for the canary"),
    "canary": _("gets the first message"),
}
# What a code is called where it is said of many people at once.
GROUPS: dict[str, Any] = {"too_recent": _("entered too recently")}
SUBJECTS: dict[str, Any] = {
    "plan": _("Who gets it"),
    "segment": _("Entry segment"),
    "opt_outs": _("Former opt-outs"),
    "sending": _("Sender and links"),
    "templates": _("Messages"),
    "offers": _("Offer"),
    "lint": _("Steps of the journey"),
    "period": _("Calendar"),
    "control": _("Control group"),
    "rehearsal": _("Rehearsal"),
    "preflight": _("Pre-flight"),
}
LEVELS: dict[str, tuple[Any, str, str]] = {
    "ok": (_("In order"), "circle-check", "good"),
    "warning": (_("To be known"), "alert-triangle", "warn"),
    "blocking": (_("Blocks"), "circle-x", "bad"),
}
# How a rate of a rehearsal stands to the limit at which a journey stops.
JUDGED: dict[str, tuple[str, str]] = {
    "under": ("circle-check", "good"),
    "near": ("alert-triangle", "warn"),
    "over": ("circle-x", "bad"),
    "unknown": ("alert-triangle", "warn"),
}
STAGES: dict[str, Any] = {
    "who would get it": _("Asking the gate about everybody"),
    "virtual days": _("Letting the days go by"),
    "": _("Waiting to begin"),
}
RATES: dict[str, Any] = {
    "click": _("Click"),
    "unsubscribe": _("Unsubscribe"),
    "complain": _("Complaint"),
    "hard_bounce": _("Hard bounce"),
    "buy": _("Purchase in 30 days"),
}
SIGNALS: dict[str, Any] = {
    "delivered": _("Delivered"),
    "bounced": _("Bounced"),
    "clicked": _("Clicked"),
    "replied": _("Replied"),
    "unsubscribed": _("Unsubscribed"),
    "complained": _("Marked as spam"),
}
OUTCOMES: dict[str, Any] = {
    "order": _("Ordered"),
    "visit": _("Came back to the site"),
    "login": _("Signed in"),
    "unsubscribe": _("Unsubscribed"),
}
