"""Words of allauth and of our overrides of its messages: standing here, they get our French instead of allauth's own."""

from django.utils.translation import gettext_noop as _

# Labels and refusals of its forms, as its code has them.
FORMS = (
    _("Email"),
    _("Email address"),
    _("Remember Me"),
    _("Authenticator code"),
    _("Too many failed login attempts. Try again later."),
    _("The email address and/or password you specified are not correct."),
    _("Please type your current password."),
    _("Use your password"),
    _("Use authenticator app or code"),
)
# What templates/account/messages and templates/mfa/messages say.
MESSAGES = (
    _("The password is changed."),
    _("Two-step sign-in is on."),
    _("Two-step sign-in is off."),
    _("The new codes are made."),
)
