"""`relance dkim` makes keys and prints their records; `relance check` says what is wrong with them."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.cli.running import Runner
from tests.cli.test_guards import sentences, setting


def test_a_new_key_comes_with_its_record_and_its_setting(relance: Runner) -> None:
    done = relance("dkim", "new", "s2026", "--json").data
    assert done["name"] == "s2026._domainkey.example.org"
    assert done["setting"] == "s2026=dkim/s2026.pem"
    assert "".join(done["strings"]) == done["value"]
    assert load_der_public_key(base64.b64decode(done["value"].partition("p=")[2])).key_size == 2048  # type: ignore[union-attr]
    again = relance("dkim", "new", "s2026", "--json")
    assert again.code == 1
    assert "exists already" in again.data["error"]


def test_what_signs_is_shown(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert relance("dkim", "show", "--json").data == {"keys": []}
    assert "No key signs" in relance("dkim", "show").out
    made = relance("dkim", "new", "e1", "--ed25519", "--json").data
    setting(monkeypatch, dkim_keys=made["setting"])
    (shown,) = relance("dkim", "show", "--json").data["keys"]
    assert (shown["kind"], shown["value"]) == ("ed25519", made["value"])
    assert f'"{made["value"]}"' in relance("dkim", "show").out


def test_check_warns_of_a_key_that_others_read(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    made = relance("dkim", "new", "s1", "--json").data
    setting(monkeypatch, dkim_keys=made["setting"])
    assert "signatures" not in sentences(relance)
    Path(made["file"]).chmod(0o644)
    assert "chmod 600" in sentences(relance)["signatures"]


def test_check_says_that_a_key_is_missing(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, dkim_keys="s1=dkim/gone.pem")
    done = relance("check", "--json")
    assert done.code == 1
    (wrong,) = [one for one in done.data["findings"] if one["subject"] == "signatures"]
    assert wrong["level"] == "error"
    assert "cannot be read" in wrong["sentence"]


def test_check_warns_where_nothing_signs_what_leaves(relance: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, smtp_url="smtp://localhost:2525")
    assert "no DKIM key signs" in sentences(relance)["signatures"]
    setting(monkeypatch, dkim_selectors="brevo1")
    assert "signatures" not in sentences(relance)
