"""The forms of the team pages."""

from __future__ import annotations

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from relance.accounts.models import User
from relance.accounts.roles import Capability, Role

LANGUAGES = [("fr", "Français"), ("en", "English")]
CAPABILITIES = {
    Capability.READ: _("See everything"),
    Capability.EDIT: _("Import, write, rehearse"),
    Capability.APPROVE: _("Launch, pause, stop"),
    Capability.PROTECT: _("Suppress, export, erase people"),
    Capability.ADMINISTER: _("Manage accounts"),
}


class Welcome(forms.Form):
    """The first administrator."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail address"))
    password = forms.CharField(
        label=_("A password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not a common word."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    def clean_password(self) -> str:
        """Refuse what is guessed easily."""
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, User(email=self.cleaned_data.get("email", "")))
        return password


class Invitation(forms.Form):
    """Someone to join the team."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)


class Me(forms.Form):
    """One's own account."""

    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Same as the browser")), *LANGUAGES], required=False
    )
