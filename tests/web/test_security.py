"""What protects accounts and pages: sessions, forms, limits, headers, caches."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from relance.accounts.models import User
from relance.web import refusals
from relance.web.security import CONTENT_SECURITY_POLICY, Headers
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")
PASSWORD = "a-password-of-the-tests"
LOGIN = "/account/login/"
# One-click unsubscription and the preference page, where the token is the proof; an upload, which checks once its body is on the
# disk; webhooks of mailing services, which prove themselves by a password and a signature.
EXEMPT = {"u/<str:token>", "p/<str:token>", "imports/upload", "hooks/<str:service>/", "hooks/mail/"}


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Tries of another test do not count."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def boris() -> User:
    user = User(email="boris@example.org", name="Boris", role="editor", language="en")
    user.set_password(PASSWORD)
    user.save()
    return user


def stranger(**more: Any) -> Client:
    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, **more)


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every address of the site with its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_a_session_known_before_sign_in_is_worth_nothing_after(boris: User) -> None:
    client = stranger()
    client.get("/")
    session = client.session
    session["planted"] = "by someone else"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post(LOGIN, {"login": boris.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = stranger()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/team/me").status_code == 302


def test_changing_the_password_ends_the_other_sessions(boris: User) -> None:
    here, elsewhere = stranger(), stranger()
    for client in (here, elsewhere):
        client.post(LOGIN, {"login": boris.email, "password": PASSWORD})
    changed = {
        "oldpassword": PASSWORD,
        "password1": "quatre mots sans rapport",
        "password2": "quatre mots sans rapport",
    }
    here.post("/account/password/change/", changed)
    assert here.get("/team/me").status_code == 200
    assert elsewhere.get("/team/me").status_code == 302


def test_every_view_that_takes_a_form_checks_where_it_comes_from() -> None:
    exempt = {address for address, view in views(get_resolver().url_patterns) if getattr(view, "csrf_exempt", False)}
    assert exempt == EXEMPT


def test_a_form_without_its_token_is_refused(boris: User) -> None:
    client = stranger(enforce_csrf_checks=True)
    client.force_login(boris)
    for address in (
        LOGIN,
        "/account/logout/",
        "/team/invite",
        "/team/me",
        "/start/finish",
        "/imports/upload",
        "/account/password/change/",
    ):
        answer = client.post(address, {})
        assert (answer.status_code, "expired" in answer.text) == (403, True), address


def test_a_form_with_a_nul_is_refused_with_a_sentence(sign_in: SignIn) -> None:
    client = sign_in()
    for address, fields in (
        ("/team/invite", {"name": "Bo\x00ris", "email": "boris2@example.org", "role": "editor"}),
        ("/journeys/new", {"title": "Summer\x00", "purpose": "promotion"}),
        ("/watch/journeys/back/act", {"act\x00": "pause"}),
        ("/segments/new", {"title": "a\x00b"}),
        (LOGIN, {"login": "a\x00b@example.org", "password": PASSWORD}),
    ):
        answer = client.post(address, fields)
        assert (answer.status_code, "character that no text can have" in answer.text) == (422, True), address
    assert not User.objects.filter(email="boris2@example.org").exists()
    asked = client.post("/journeys/new", {"title": "a\x00"}, headers={"HX-Request": "true"})
    assert (asked.status_code, asked.headers["HX-Retarget"]) == (200, "#notices")


def test_what_htmx_brings_answers_at_once(sign_in: SignIn) -> None:
    """Its delay before it wires what it has just brought loses the press that falls there, or sends the form as a whole page."""
    found = re.search(r"<meta name=\"htmx-config\" content='([^']*)'", sign_in().get("/team/me").text)
    assert found is not None
    assert json.loads(found[1])["defaultSettleDelay"] == 0


def test_what_a_role_may_not_do_is_said_where_it_was_asked(sign_in: SignIn) -> None:
    answer = sign_in("reader", language="fr").post("/journeys/library/store-buyers", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#notices")
    assert "Votre rôle est" in answer.text
    assert "<main" not in answer.text
    assert sign_in("editor").post("/team/invite").status_code == 403, "a page of its own for a whole page"


def test_only_a_form_signs_out(boris: User) -> None:
    client = stranger()
    client.force_login(boris)
    assert client.get("/account/logout/").status_code == 200
    assert client.get("/team/me").status_code == 200
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/team/me").status_code == 302


def test_nothing_tells_which_addresses_have_an_account(boris: User) -> None:
    def answer(email: str) -> tuple[int, str]:
        found = stranger().post(LOGIN, {"login": email, "password": "wrong"})
        return found.status_code, re.sub(r'value="[^"]*"|X-CSRFToken[^}]*', "", found.text)

    assert answer(boris.email) == answer("nobody@example.org")


def test_a_forgotten_password_is_asked_of_a_person_and_of_no_form(boris: User) -> None:
    page = stranger().get("/account/password/reset/").text
    assert "Ask an administrator" in page
    assert '<form method="post"' not in page
    assert stranger().post("/account/password/reset/", {"email": boris.email}).status_code == 405


def test_nobody_signs_up_or_changes_an_address_by_themselves(boris: User) -> None:
    client = stranger()
    client.force_login(boris)
    for address in ("signup", "email", "confirm-email", "password/set", "closed/signup", "login/code", "3rdparty"):
        assert client.get(f"/account/{address}/").status_code == client.post(f"/account/{address}/").status_code == 404


def test_guessing_a_password_stops_after_a_few_tries_even_with_the_right_one(boris: User) -> None:
    client = stranger()
    for _ in range(5):
        wrong = client.post(LOGIN, {"login": boris.email, "password": "wrong"})
        assert "not correct" in wrong.text
    refused = client.post(LOGIN, {"login": boris.email, "password": PASSWORD})
    assert "Too many" in refused.text
    assert client.get("/team/me").status_code == 302


def test_guessing_a_second_step_stops_too(boris: User) -> None:
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(boris, generate_totp_secret())
    client = stranger()
    client.post(LOGIN, {"login": boris.email, "password": PASSWORD})
    said = [client.post("/account/2fa/authenticate/", {"code": f"{number:06}"}).text for number in range(8)]
    assert "Too many" in said[-1]


def test_trying_from_one_machine_is_limited_whatever_the_address(boris: User) -> None:
    client = stranger()
    answers = [client.post(LOGIN, {"login": f"{number}@example.org", "password": "x"}) for number in range(40)]
    assert any("Too many" in answer.text for answer in answers)


def test_cookies_are_for_this_site_alone(boris: User) -> None:
    client = stranger()
    client.post(LOGIN, {"login": boris.email, "password": PASSWORD})
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    client.get("/team/")
    assert client.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"
    assert (
        settings.SESSION_COOKIE_SECURE
        is settings.CSRF_COOKIE_SECURE
        is settings.RELANCE.base_url.startswith("https://")
    )


def protected(answer: Any) -> None:
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]


def test_pages_of_signed_in_people_carry_the_headers_and_stay_in_no_cache(boris: User) -> None:
    client = stranger()
    client.force_login(boris)
    for address, status in (
        ("/team/", 200),
        ("/no-such-page", 404),
        ("/static/none.js", 404),
        ("/account/logout/", 200),
    ):
        answer = client.get(address)
        assert answer.status_code == status
        protected(answer)
        assert "no-store" in answer["Cache-Control"]


def test_refusals_to_strangers_and_by_role_carry_them(sign_in: SignIn) -> None:
    reader = sign_in("reader")
    for client, method, address in (
        (stranger(), "get", "/team/"),
        (reader, "post", "/team/invite"),
        (stranger(), "post", "/team/invite"),
    ):
        protected(getattr(client, method)(address))


def test_a_fault_of_ours_carries_them_and_tells_nothing(boris: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(asked: str, language: str) -> None:
        raise ValueError("secret of the inside")

    monkeypatch.setattr("relance.web.glossary.entries.groups", fail)
    client = stranger(raise_request_exception=False)
    client.force_login(boris)
    answer = client.get("/glossary/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret of the inside" not in answer.text
    protected(answer)
    assert "no-store" in answer["Cache-Control"]


def test_what_strangers_share_may_be_kept() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse("shared")

    assert "Cache-Control" not in Headers(answer)(RequestFactory().get("/static/relance/app.css"))


def test_who_tries_too_often_reads_a_sentence(boris: User) -> None:
    client = stranger()
    request = client.get("/team/").wsgi_request
    answer = refusals.too_many(request)
    assert answer.status_code == 429
    assert "Wait five minutes" in answer.content.decode()


def test_a_nul_in_an_address_and_a_damaged_cursor_are_no_fault_of_ours(sign_in: SignIn) -> None:
    client = sign_in()
    assert client.get("/team/log?q=%00").status_code == 404
    assert client.get("/results/%00/").status_code == 404
    assert client.get("/team/log?after=WyJ4IiwgInkiXQ").status_code == 200
    assert client.get("/watch/messages/?after=WyJ4Il0").status_code == 200
