"""Accounts: who gets in, what each role may do, the first administrator, invitations, two-step sign-in, the log."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from relance.accounts import invitations, team
from relance.accounts.models import User
from relance.accounts.roles import Capability, Role, may
from relance.core import audit
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from tests.web.conftest import SignIn

pytestmark = pytest.mark.usefixtures("db")
PASSWORD = "a-password-of-the-tests"
CHOSEN = "quatre mots sans rapport"
PROBES = {  # an address each capability opens
    Capability.READ: ("get", "/team/"),
    Capability.EDIT: ("post", "/start/finish"),
    Capability.ADMINISTER: ("post", "/team/invite"),
}


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Tries of another test do not count."""
    cache.clear()
    yield
    cache.clear()


def stranger() -> Client:
    return Client(SERVER_NAME="localhost")


def account(role: str = "editor", *, name: str = "Boris", password: str = PASSWORD) -> User:
    user = User(email=f"{name.lower()}@example.org", name=name, role=role, language="en")
    user.set_password(password)
    user.save()
    return user


def come_in(client: Client, email: str, password: str = PASSWORD, address: str = "/account/login/") -> object:
    return client.post(address, {"login": email, "password": password})


def signed_in(client: Client) -> bool:
    return client.get("/team/me").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_to_the_roles_that_may_and_tells_others_which_do(sign_in: SignIn, role: Role) -> None:
    client = sign_in(role.value)
    for capability, (method, address) in PROBES.items():
        answer = getattr(client, method)(address)
        assert (answer.status_code == 403) is not may(role, capability)
        assert answer.status_code != 403 or "These roles may: " in answer.text
        assert answer.status_code != 403 or "Administrator" in answer.text


def test_what_each_role_may_do_is_told_as_it_is(sign_in: SignIn) -> None:
    page = sign_in("reader").get("/team/").text
    for role in Role:
        row = re.search(rf'<th scope="row">{role.label}</th>(.*?)</tr>', page, re.DOTALL)
        assert row is not None
        assert row[1].count('aria-label="yes"') == sum(may(role, capability) for capability in Capability)


def test_a_reader_sees_no_button_that_would_be_refused(sign_in: SignIn) -> None:
    page = sign_in("reader").get("/team/").text
    assert "Invite someone" not in page
    assert "<select" not in page


def test_a_stranger_is_led_to_sign_in_and_back() -> None:
    account()
    client = stranger()
    answer = client.get("/team/log?q=a")
    assert answer["Location"] == "/account/login/?next=/team/log%3Fq%3Da"
    assert come_in(client, "boris@example.org", address=answer["Location"])["Location"] == "/team/log?q=a"  # type: ignore[index]


def test_signing_in_never_leads_to_another_site() -> None:
    account()
    for place in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
    ):
        client = stranger()
        form = {"login": "boris@example.org", "password": PASSWORD, "next": place}
        assert client.post("/account/login/", form, query_params={"next": place})["Location"] == "/"
        assert client.post("/account/logout/", {"next": place})["Location"] == "/account/login/"


def test_before_the_first_account_every_page_says_how_to_open() -> None:
    answer = stranger().get("/people/", headers={"Accept-Language": "fr"})
    assert answer.status_code == 401
    assert "relance account welcome" in answer.text


def test_the_welcome_link_makes_one_administrator_once() -> None:
    client, address = stranger(), f"/welcome/{invitations.welcome_token()}"
    form = {"name": "Anna", "email": "Anna@example.org", "password": CHOSEN, "language": "fr"}
    assert client.post(address, form)["Location"] == "/"
    anna = User.objects.get()
    assert (anna.email, anna.role, anna.language) == ("anna@example.org", "administrator", "fr")
    assert signed_in(client)
    other = stranger()
    assert other.get(address).status_code == other.post(address, form | {"email": "x@example.org"}).status_code == 404
    assert User.objects.count() == 1


def test_a_wrong_welcome_link_makes_nobody() -> None:
    form = {"name": "Mallory", "email": "m@example.org", "password": CHOSEN, "language": "fr"}
    for token in ("0" * 32, "x", "é", "a" * 500):
        assert stranger().post(f"/welcome/{token}", form).status_code == 404
    assert not User.objects.exists()


def test_an_easy_password_is_refused_at_the_start() -> None:
    form = {"name": "Anna", "email": "anna@example.org", "password": "password", "language": "en"}
    answer = stranger().post(f"/welcome/{invitations.welcome_token()}", form)
    assert "too common" in answer.text
    assert not User.objects.exists()


def test_an_invitation_lets_its_owner_choose_a_password_once(sign_in: SignIn) -> None:
    page = sign_in().post("/team/invite", {"name": "Chloé", "email": "chloe@example.org", "role": "approver"}).text
    found = re.search(r'value="http://localhost(/account/password/reset/key/[^"]+)"', page)
    assert found is not None
    chloe = stranger()
    step = chloe.get(found[1])["Location"]  # the key leaves the address for the session
    assert "set-password" in step
    assert chloe.post(step, {"password1": CHOSEN, "password2": CHOSEN}).status_code == 302
    come_in(chloe, "chloe@example.org", CHOSEN)
    assert signed_in(chloe)
    chloe.post("/account/reauthenticate/", {"password": CHOSEN})
    assert "code-square" in chloe.get("/account/2fa/totp/activate/").text
    assert "This link no longer works" in stranger().get(found[1], headers={"Accept-Language": "en"}).text


def test_an_invitation_to_a_known_or_false_address_is_refused(sign_in: SignIn) -> None:
    anna = sign_in()
    known = anna.post("/team/invite", {"name": "x", "email": "ADMINISTRATOR@example.org", "role": "reader"})
    assert (known.status_code, "has an account already" in known.text) == (422, True)
    wrong = anna.post("/team/invite", {"name": "x", "email": "nobody", "role": "king"}, follow=True)
    assert "valid" in wrong.text.lower()
    assert User.objects.count() == 1


def test_a_link_of_an_account_disabled_since_lets_nobody_in(now: datetime) -> None:
    account("administrator", name="Anna")
    boris = account()
    step = (client := stranger()).get(invitations.path(boris))["Location"]
    team.set_active(boris.email, active=False, by="Anna", now=now)
    client.post(step, {"password1": CHOSEN, "password2": CHOSEN})
    come_in(client, boris.email, CHOSEN)
    assert not signed_in(client)


def test_the_last_administrator_stays_one(sign_in: SignIn, now: datetime) -> None:
    anna = sign_in()
    me = User.objects.get()
    for act in ({"role": "reader"}, {"active": "no"}):
        answer = anna.post(f"/team/{me.pk}", act)
        assert (answer.status_code, "last administrator" in answer.text) == (422, True)
    account("administrator")
    assert anna.post(f"/team/{me.pk}", {"role": "reader"}).status_code == 302
    with pytest.raises(RefusedError):
        team.set_active("boris@example.org", active=False, by="", now=now)


def test_a_disabled_account_loses_its_session_and_cannot_come_back(sign_in: SignIn) -> None:
    anna, boris = sign_in(), stranger()
    user = account()
    come_in(boris, user.email)
    assert signed_in(boris)
    anna.post(f"/team/{user.pk}", {"active": "no"})
    assert not signed_in(boris)
    come_in(boris, user.email)
    assert not signed_in(boris)
    anna.post(f"/team/{user.pk}", {"active": "yes"})
    come_in(boris, user.email)
    assert signed_in(boris)


def test_a_role_taken_away_holds_from_the_next_request(sign_in: SignIn, now: datetime) -> None:
    anna = sign_in()
    account("administrator")
    team.change_role("administrator@example.org", "reader", by="Boris", now=now)
    assert anna.post("/team/invite", {}).status_code == 403


def test_two_steps_switched_on_are_asked_at_the_next_sign_in() -> None:
    user, client = account(), stranger()
    come_in(client, user.email)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").text
    assert 'src="data:image/svg+xml;base64,' in page
    shown = re.search(r'id="authenticator_secret">([A-Z2-7 ]+)<', page)
    assert shown is not None
    assert {len(group) for group in shown[1].split()[:-1]} == {4}
    secret = shown[1].replace(" ", "")
    assert client.post("/account/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert (
        client.post("/account/2fa/totp/activate/", {"code": code(secret)})["Location"] == "/account/2fa/recovery-codes/"
    )
    codes = re.findall(r"<li><code>([^<]+)</code>", client.get("/account/2fa/recovery-codes/").text)
    assert len(codes) == 10
    client.post("/account/logout/")
    come_in(client, user.email)
    assert not signed_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": "123456"}).status_code == 200
    assert not signed_in(client)
    client.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert signed_in(client)


def code(secret: str) -> str:
    """Return what a phone would show now (RFC 6238)."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))))


def test_two_steps_are_touched_only_by_who_says_the_password_again() -> None:
    user, client = account(), stranger()
    client.force_login(user)  # as with a device left open
    answer = client.get("/account/2fa/totp/activate/")
    assert answer["Location"].startswith("/account/reauthenticate/")


def test_the_language_of_an_account_is_its_own(sign_in: SignIn) -> None:
    anna = sign_in(language="en")
    assert 'lang="en"' in anna.get("/team/me", headers={"Accept-Language": "fr"}).text
    anna.post("/team/me", {"name": "Anna", "language": "fr"})
    page = anna.get("/team/me", headers={"Accept-Language": "en"}).text
    assert 'lang="fr"' in page
    assert "Mon compte" in page
    anna.post("/team/me", {"name": "Anna", "language": ""})
    assert 'lang="en"' in anna.get("/team/me", headers={"Accept-Language": "en"}).text


def test_the_log_finds_a_person_an_act_and_a_subject(sign_in: SignIn, now: datetime) -> None:
    anna = sign_in()
    audit.record("role changed", "boris@example.org", now=now, actor="Anna <a@example.org>", details={"to": "reader"})
    audit.record("account created", "chloe@example.org", now=now, actor="Denis <d@example.org>")
    for asked, there, absent in (
        ("boris", "boris@", "chloe@"),
        ("Denis", "chloe@", "boris@"),
        ("role", "boris@", "chloe@"),
    ):
        page = anna.get("/team/log", {"q": asked}).text
        assert there in page
        assert absent not in page


def test_the_log_pages_through_everything_the_latest_first(sign_in: SignIn) -> None:
    anna = sign_in()
    for number in range(60):
        audit.record("signed in", f"person-{number:02}", now=timezone.now(), actor="x")
    first = anna.get("/team/log").text
    following = re.search(r'href="(\?after=[^"]+)"', first)
    assert following is not None
    second = anna.get("/team/log" + following[1].replace("&amp;", "&")).text
    seen = re.findall(r"person-\d\d", first + second)
    assert seen == [f"person-{number:02}" for number in reversed(range(60))]


def test_each_act_on_accounts_leaves_a_line(sign_in: SignIn) -> None:
    anna = sign_in()
    anna.post("/team/invite", {"name": "Boris", "email": "boris@example.org", "role": "reader"})
    boris = User.objects.get(email="boris@example.org")
    for act in ({"role": "editor"}, {"active": "no"}, {"active": "yes"}, {"link": "yes"}):
        anna.post(f"/team/{boris.pk}", act)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "account created", "role changed", "account disabled", "account enabled", "link made",
    ]  # fmt: skip
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {"Anna <administrator@example.org>"}


def test_french_pages_have_no_english_left(sign_in: SignIn) -> None:
    client = sign_in("administrator", "fr")
    account_pages = ("2fa/", "password/change/", "password/reset/", "reauthenticate/", "password/reset/key/1-x/")
    for address in ("/team/", "/team/log", "/team/me", *(f"/account/{page}" for page in account_pages)):
        words = re.sub(r"<[^>]+>", " ", client.get(address).text)
        assert re.findall(r"\b(the|you|your|with|sign|password|change|cancel)\b", words, re.IGNORECASE) == [], address


def test_account_pages_stand_under_the_team_and_lead_back(sign_in: SignIn) -> None:
    client = sign_in()
    for path in ("2fa/", "password/change/", "reauthenticate/", "password/reset/"):
        page = client.get(f"/account/{path}").text
        assert re.search(r'<a href="/team/" aria-current="page">', page), path
        assert 'href="/team/me"' in page, path
    assert "Back to my account" in client.get("/account/password/reset/").text
    spent = client.get("/account/password/reset/key/1-used/").text
    assert "<title>This link no longer works" in spent
    assert "Back to my account" in spent
    assert "Back to sign-in" in stranger().get("/account/password/reset/", headers={"Accept-Language": "en"}).text


def test_a_password_field_does_not_say_its_label_twice(sign_in: SignIn) -> None:
    page = sign_in().get("/account/password/change/").text
    assert "Current password</label>" in page
    assert "placeholder" not in page
