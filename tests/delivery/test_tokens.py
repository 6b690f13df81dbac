from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import pytest
from django.conf import settings
from django.test import override_settings

from relance.core import place
from relance.delivery import tokens
from relance.delivery.tokens import Token
from relance.settings import read

UUID_1 = UUID(int=1)
pytestmark = pytest.mark.usefixtures("db")


def test_a_token_says_what_it_was_given() -> None:
    assert tokens.read_click(tokens.click(7, UUID_1, 2**40)) == Token(7, UUID_1, 2**40)
    assert tokens.read_unsubscribe(tokens.unsubscribe(2**62, UUID_1)) == Token(2**62, UUID_1)


def test_it_is_short_and_fit_for_an_address() -> None:
    token = tokens.click(2**62, UUID_1, 2**62)
    assert len(token) < 70
    assert all(c.isascii() and (c.isalnum() or c in "-_") for c in token)


def test_a_change_anywhere_breaks_it() -> None:
    token = tokens.unsubscribe(7, UUID_1)
    for position, letter in enumerate(token):
        changed = token[:position] + ("A" if letter != "A" else "B") + token[position + 1 :]
        assert tokens.read_unsubscribe(changed) is None


def test_a_click_does_not_unsubscribe_nor_the_reverse() -> None:
    assert tokens.read_unsubscribe(tokens.click(7, UUID_1, 0)) is None
    assert tokens.read_click(tokens.unsubscribe(7, UUID_1)) is None


@pytest.mark.parametrize("text", ["", "a", "é", "A" * 66, "A" * 10_000, "../../etc", "%00", "\n"])
def test_what_is_no_token_says_nothing(text: str) -> None:
    assert tokens.read_click(text) is None


def test_another_spelling_of_the_same_token_is_refused() -> None:
    token = tokens.unsubscribe(7, UUID_1)
    assert tokens.read_unsubscribe(token + "=") is None
    assert tokens.read_unsubscribe(token + "\n") is None


def test_a_foreign_installation_and_a_rehearsal_sign_with_other_keys() -> None:
    with place.elsewhere(simulated=True):
        rehearsed = tokens.unsubscribe(7, UUID_1)
        assert tokens.read_unsubscribe(rehearsed) is not None
    assert tokens.read_unsubscribe(rehearsed) is None
    kept_in_the_folder = settings.RELANCE.model_copy(update={"secret_key": ""})
    with place.elsewhere(data=place.current().data / "other"), override_settings(RELANCE=kept_in_the_folder):
        assert tokens.read_unsubscribe(tokens.unsubscribe(7, UUID_1)) is not None
        foreign = tokens.unsubscribe(7, UUID_1)
    assert tokens.read_unsubscribe(foreign) is None


def rotated(**changes: object) -> override_settings:
    return override_settings(RELANCE=settings.RELANCE.model_copy(update=changes))


def test_a_new_key_signs_and_links_of_the_old_one_go_on_working() -> None:
    old = tokens.click(7, UUID_1, 3)
    with rotated(token_keys="2:a second key that is long"):
        new = tokens.click(7, UUID_1, 3)
        assert new != old
        assert len(new) == len(old)
        assert tokens.read_click(old) == tokens.read_click(new) == Token(7, UUID_1, 3)
    assert tokens.read_click(new) is None, "a key nobody has any more"
    with rotated(token_keys="3:a third key that is long, 2:a second key that is long"):
        assert tokens.read_click(new) == Token(7, UUID_1, 3)
        assert tokens.click(7, UUID_1, 3) not in (old, new)


def test_a_key_that_leaked_is_taken_out_of_force() -> None:
    old = tokens.click(7, UUID_1, 3)
    with rotated(token_keys="2:a second key that is long", oldest_token_key=2):
        assert tokens.read_click(old) is None
        assert tokens.read_click(tokens.click(7, UUID_1, 3)) == Token(7, UUID_1, 3)


def test_a_token_says_nothing_under_the_number_of_another_key() -> None:
    with rotated(token_keys="2:a second key that is long"):
        raw = bytearray(urlsafe_b64decode(tokens.click(7, UUID_1, 3) + "=="))
        raw[0] = 1
        assert tokens.read_click(urlsafe_b64encode(raw).decode().rstrip("=")) is None


@pytest.mark.parametrize(
    "keys",
    ["1:sixteen characters", "2:short", "2:sixteen characters,2:sixteen characters", "two", "256:sixteen characters"],
)
def test_keys_that_cannot_serve_are_refused(keys: str) -> None:
    with pytest.raises(SystemExit, match=r"RELANCE_TOKEN_KEYS: .*not shown"):
        read({"RELANCE_TOKEN_KEYS": keys})


def test_an_image_has_a_key_of_its_own() -> None:
    assert tokens.read_pixel(tokens.pixel(7, UUID_1)) == Token(7, UUID_1)
    assert tokens.read_pixel(tokens.unsubscribe(7, UUID_1)) is None
    assert tokens.read_unsubscribe(tokens.pixel(7, UUID_1)) is None
