"""The forms of allauth that ask for a password, with labels written as all others are."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm
from django.utils.translation import gettext_lazy as _

LABELS = {
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password (again)"),
}


def _label(form: Any) -> None:
    """Give the form's fields our labels, and no placeholder that says them again."""
    for name, field in form.fields.items():
        if name in LABELS:
            field.label = LABELS[name]
            field.widget.attrs.pop("placeholder", None)


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]  # allauth is not typed
    """Another password for who knows the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what allauth's view gives."""
        super().__init__(*args, **kwargs)
        _label(self)


class ChoosePassword(ResetPasswordKeyForm):  # type: ignore[misc]  # allauth is not typed
    """A password for who comes by a link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what allauth's view gives."""
        super().__init__(*args, **kwargs)
        _label(self)
