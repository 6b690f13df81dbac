"""The form of a sender: what people see of it, and what the law asks it to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core.definitions import Document
from relance.core.errors import DefinitionError
from relance.senders import definition
from relance.senders.sender import DEFAULT, Sender
from relance.web import wording

Data = dict[str, Any]
# A definition's field by the form's; the others are called the same.
FIELDS = {"short": "sender", "address": "from"}
_OF = {"sender": "short", "from": "address", "name.en": "name_en"}
_PROBLEM = re.compile(r"^.*?, line \d+, ([^:]*): (.*)$", re.DOTALL)
_ONE_LINE = RegexValidator(
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", gettext_lazy("Write it on one line, without control characters.")
)


class SenderForm(forms.Form):
    """A sender as marketers write it; keys, mail servers and mailboxes stay with whoever installs Relance."""

    short = forms.CharField(
        label=gettext_lazy("Short name"), max_length=64,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", gettext_lazy("Write small letters without accents, digits and hyphens, such as outlet."))],
        help_text=gettext_lazy("Small letters, digits and hyphens, such as outlet. Journeys name the sender by it; it stays."),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Name people see"), max_length=100, validators=[_ONE_LINE],
        help_text=gettext_lazy("Your shop’s name, as people know it: it stands in the inbox before they open anything."),
    )  # fmt: skip
    name_en = forms.CharField(
        label=gettext_lazy("Name in mails in English, if another"), max_length=100, required=False, validators=[_ONE_LINE]
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Address mails come from"), max_length=254, widget=forms.TextInput({"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("At a domain of yours that your mail server or mailing service may send for. Once mails have left, what stands after the @ stays."),
    )  # fmt: skip
    reply_to = forms.CharField(
        label=gettext_lazy("Address that replies go to"), max_length=254, required=False, widget=forms.TextInput({"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Empty: the address mails come from. Somebody should read it."),
    )  # fmt: skip
    shop_url = forms.CharField(
        label=gettext_lazy("The shop’s site"), max_length=500, required=False, widget=forms.TextInput({"inputmode": "url", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Where the links of your messages lead, such as https://www.example.org."),
    )  # fmt: skip
    postal_address = forms.CharField(
        label=gettext_lazy("Postal address"), max_length=500, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Printed at the foot of each commercial mail: the law asks the sender to say who and where they are."),
    )  # fmt: skip

    def __init__(self, *args: Any, sender: str = "", kept: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Take the short name of a sender there is, and what is kept of it; without one, the form asks for it."""
        super().__init__(*args, **kwargs)
        self.sender, self.kept = sender, kept or {}
        if sender:
            del self.fields["short"]
        if sender == DEFAULT:
            self.fields["name"].required = self.fields["address"].required = False
        else:
            likewise = {
                "shop_url": _("Empty: the main sender’s site."),
                "postal_address": _("Empty: the main sender’s address."),
            }
            for field, more in likewise.items():
                self.fields[field].help_text = f"{self.fields[field].help_text} {more}"

    def clean_shop_url(self) -> str:
        """Return the site with https before it where nothing else is."""
        url = str(self.cleaned_data["shop_url"])
        return f"https://{url}" if re.match(r"[\w-]+(\.[\w-]+)+([/:?#]|$)", url) else url

    def clean_postal_address(self) -> str:
        """Return the address in one line."""
        lines = (line.strip(" ,\t") for line in self.cleaned_data["postal_address"].splitlines())
        return ", ".join(filter(None, lines))

    def clean(self) -> Data:
        """Check every field as the file of a sender is, so that a form and a file are refused alike."""
        found = super().clean() or self.cleaned_data
        try:
            definition.read(self.document())
        except DefinitionError as error:
            for problem in error.problems:
                self._say(problem)
        return found

    def _say(self, problem: str) -> None:
        told = _PROBLEM.match(problem)
        field, sentence = told.groups() if told else ("", problem)
        own = _OF.get(field) or field.partition(".")[0]
        if own not in self.errors:  # else the field has said what is wrong already
            said = wording.say(sentence)
            self.add_error(own if own in self.fields else None, f"{said[:1].upper()}{said[1:]}".rstrip(".") + ".")

    def document(self) -> Document:
        """Return the definition that was filled in, over what is kept and has no field here."""
        found = self.cleaned_data
        name, other = found.get("name", ""), found.get("name_en", "")
        said = {
            FIELDS.get(field, field): found.get(field, "")
            for field in ("address", "reply_to", "shop_url", "postal_address")
        }
        said |= {"name": {"fr": name, "en": other} if name and other and name != other else name or other}
        if self.sender == DEFAULT:
            said = {field: "" if value == of_settings()[field] else value for field, value in said.items()}
        whole = {**self.kept, **said, "sender": self.sender or found.get("short", "sender")}
        return Document(_("The sender"), {field: value for field, value in whole.items() if value})


def of_settings() -> Data:
    """Return what the settings say of the default sender, by the definition's fields."""
    ours = Sender.of_settings()
    return {
        "from": ours.address, "name": ours.title(""), "reply_to": ours.reply_to, "shop_url": ours.shop_url,
        "postal_address": ours.postal_address,
    }  # fmt: skip


def initial(written: Mapping[str, Any]) -> Data:
    """Return what the form starts with."""
    name = written.get("name", "")
    names = name if isinstance(name, dict) else {"fr": name}
    main = names.get("fr") or names.get("en", "")
    fields = {field: written.get(field, "") for field in ("reply_to", "shop_url", "postal_address")}
    other = names.get("en", "")
    return {"name": main, "name_en": "" if other == main else other, "address": written.get("from", ""), **fields}
