"""Addresses of the pages: the recipients', the accounts', and one folder for each area."""

from allauth.account import views as account
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import TemplateView

from relance.web import hooks, refusals, returned, views

# Of allauth only what is used: nobody signs up, changes an address or asks for a mail. Names it leads to itself stay, closed.
ACCOUNT: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path(
        "password/reset/",
        TemplateView.as_view(template_name="account/password_reset.html"),
        name="account_reset_password",
    ),
    path("password/reset/key/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("closed/signup/", refusals.not_found, name="account_signup"),
    path("closed/email/", refusals.not_found, name="account_email"),
    path("closed/confirm-email/", refusals.not_found, name="account_email_verification_sent"),
    path("closed/set-password/", refusals.not_found, name="account_set_password"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", views.show_health, name="health"),
    path("c/<str:token>", views.follow, name="click"),
    path("o/<str:token>", views.show_pixel, name="pixel"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("hooks/mail/", returned.take, name="returned-mail"),
    path("hooks/<str:service>/", hooks.receive, name="hook"),
    path("account/", include(ACCOUNT)),
    *(path("", include((f"relance.web.{area}.urls", area))) for area in settings.AREAS),
]
