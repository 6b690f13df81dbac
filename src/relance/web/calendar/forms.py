"""The form of a period of the shop's own."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.eligibility.calendar.keeping import Wanted

WEIGHTS = [
    (20, _("Little: a small offer few people hear of")),
    (40, _("Some: a day such as Singles’ Day")),
    (60, _("Much: a private sale")),
    (80, _("Very much: like Christmas")),
    (100, _("As much as Black Friday")),
]


class DayInput(forms.DateInput):
    """A day, by the browser's own means."""

    input_type = "date"


class PeriodForm(forms.Form):
    """A period: its name, its days, how full it makes inboxes."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As your team calls it, such as Private sale."))
    first = forms.DateField(label=_("First day"), widget=DayInput(format="%Y-%m-%d"))
    last = forms.DateField(
        label=_("Last day"), widget=DayInput(format="%Y-%m-%d"), help_text=_("The whole day counts.")
    )
    weight = forms.TypedChoiceField(label=_("How full it makes inboxes"), choices=WEIGHTS, coerce=int, initial=60)
    blackout = forms.BooleanField(label=_("Reactivations wait until it is over"), required=False, initial=True)

    def wanted(self) -> Wanted:
        """Return the period as it was filled in."""
        found = self.cleaned_data
        return Wanted(found["name"].strip(), found["first"], found["last"], found["weight"], blackout=found["blackout"])
