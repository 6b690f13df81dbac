"""The words of the audit log: each act that the code records, as the log's page says it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTS: dict[str, Any] = {
    "signed in": _("signed in"),
    "account created": _("account created"),
    "account enabled": _("account enabled"),
    "account disabled": _("account disabled"),
    "role changed": _("role changed"),
    "link made": _("sign-in link made"),
    "people exported": _("list of people exported"),
    "person suppressed": _("person suppressed"),
    "objection noted": _("objection to profiling noted"),
    "address corrected": _("address corrected"),
    "data handed over": _("personal data handed over"),
    "segment created": _("segment created"),
    "segment changed": _("segment changed"),
    "segment deleted": _("segment deleted"),
    "import started": _("import started"),
    "work stopped": _("work stopped"),
    "rejects erased": _("rejects file erased"),
    "base refreshed": _("base scored again"),
    "sample shop brought": _("sample shop brought in"),
    "sample shop removed": _("sample shop removed"),
    "declared no opt-outs": _("declared that there are no opt-outs"),
    "calendar applied": _("calendar of commercial periods applied"),
    "recipe used": _("recipe used"),
    "start journey draft": _("journey draft begun"),
    "change journey draft": _("journey draft changed"),
    "discard journey draft": _("journey draft discarded"),
    "publish journey": _("journey published"),
    "start journey": _("journey started"),
    "pause journey": _("journey paused"),
    "stop journey": _("journey stopped"),
    "rehearsal asked": _("rehearsal asked for"),
    "launch planned": _("launch planned"),
    "launch approved": _("launch approved"),
    "canary released": _("canary released to everybody"),
    "messages exported": _("list of messages exported"),
    "message.sent": _("message in doubt said to be sent"),
    "message.resend": _("message in doubt sent again"),
    "message.drop": _("message in doubt given up"),
    "template draft made": _("message draft begun"),
    "template draft deleted": _("message draft discarded"),
    "template published": _("message published"),
    "test message sent": _("test message sent"),
    "image added": _("image added"),
}
