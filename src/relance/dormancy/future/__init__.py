"""The future of people who are active or cooling: how likely each turns dormant within 30, 60, 90 days.

Target. At an instant t, of a contact whom the policies in force then call active or cooling: `risk_H` is the probability
that she is found dormant or very dormant at one of the scorings at t+30, ..., t+H days (H is 30, 60 or 90), by the same
policies and the events until then.

What is certain. If she does nothing more, she turns dormant on a day that is known today: `left` days from now, when the
silences her policy asks for are complete (where a silence asks for exposure, mails are supposed to go on as they did).
Whoever's day lies beyond the horizon has probability 0 by definition. Chance is only in the rest: whether a sign of life comes before.

Baseline. Recency: the logit of that probability as three straight lines of `left`. A policy's window is fixed, so days left
and days of silence are the same number, counted from either end. The model adds what else is known (`forms.TERMS`). It is
measured on a period nobody learned from, among those whose day lies within the horizon, and is off where it does not beat
recency there: then the baseline's own probability is shown, and called so.
"""
