"""DKIM keys: made once for their owner alone, read once, refused with a sentence; told as records anybody can check."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from relance.core import configuration, place
from relance.core.errors import ConfigurationError, InputError, RefusedError
from relance.delivery import keys
from tests.delivery import dkim_keys

pytestmark = pytest.mark.usefixtures("db")
PLAIN = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def weak() -> bytes:
    """Return an RSA key of 512 bits, of two well-known primes (those of the curves P-256 and secp256k1)."""
    p, q, e = 2**256 - 2**224 + 2**192 + 2**96 - 1, 2**256 - 2**32 - 977, 11
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q))
    return numbers.private_key().private_bytes(*PLAIN)


@pytest.mark.parametrize(("kind", "bits"), [("rsa", 2048), ("ed25519", 256)])
def test_a_key_is_its_owners_alone_and_never_written_over(kind: str, bits: int) -> None:
    key = keys.make("s2026", kind)
    assert (key.kind, key.bits, key.short, key.exposed) == (kind, bits, False, False)
    assert key.file == place.current().data / "dkim" / "s2026.pem"
    assert key.file.stat().st_mode & 0o777 == 0o600
    before = key.file.read_bytes()
    with pytest.raises(RefusedError, match="exists already"):
        keys.make("s2026", kind)
    assert key.file.read_bytes() == before


@pytest.mark.parametrize("selector", ["", "a b", "../s1", "-s1", "s1.", "é", "s/1", "a" * 101, "s1\n"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(InputError, match="is no selector"):
        keys.make(selector, "rsa")


def test_keys_are_read_once_in_the_settings_order(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = dkim_keys.in_force(monkeypatch, r1="rsa", e1="ed25519")
    assert (first.selector, second.selector) == ("r1", "e1")
    first.file.unlink()
    assert keys.in_force() == (first, second)


def test_records_are_cut_into_strings_of_255(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = dkim_keys.in_force(monkeypatch, r1="rsa", e1="ed25519")
    assert first.name() == "r1._domainkey.example.org"
    assert [len(string) for string in keys.strings(first.record())] == [255, 155]
    assert "".join(keys.strings(first.record())) == first.record()
    assert second.record().startswith("v=DKIM1; k=ed25519; p=")
    assert len(second.public()) == 44


def test_what_is_no_key_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    locked = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    cases = {
        "locked": (locked, "without a password"),
        "text": (b"no key", "holds no private key"),
        "curve": (curve.private_bytes(*PLAIN), "neither an RSA nor an Ed25519"),
        "folder": (None, "cannot be read"),
    }
    for selector, (pem, why) in cases.items():
        if pem:
            dkim_keys.written(selector, pem)
        dkim_keys.put(monkeypatch, f"{selector}=dkim/{selector}.pem")
        with pytest.raises(ConfigurationError, match=why) as refused:
            keys.in_force()
        assert f"selector {selector}" in str(refused.value)


def test_a_key_below_1024_bits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    dkim_keys.written("s512", weak())
    dkim_keys.put(monkeypatch, "s512=dkim/s512.pem")
    with pytest.raises(ConfigurationError, match="has 512 bits, which no mailbox provider accepts"):
        keys.in_force()


def test_a_key_of_1024_bits_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    dkim_keys.written("s1024", rsa.generate_private_key(65537, 1024).private_bytes(*PLAIN))
    dkim_keys.put(monkeypatch, "s1024=dkim/s1024.pem")
    (key,) = keys.in_force()
    assert (key.bits, key.short) == (1024, True)


@pytest.mark.parametrize("pairs", ["s1", "s1=", "=a.pem", "s1=a.pem, s1=b.pem", "s 1=a.pem"])
def test_a_setting_that_names_no_keys_is_refused(pairs: str) -> None:
    with pytest.raises(SystemExit, match="RELANCE_DKIM_KEYS"):
        configuration.read({"RELANCE_DKIM_KEYS": pairs})


def test_the_setting_takes_absolute_files_and_several_pairs() -> None:
    given = "s1=/etc/relance/s1.pem, mail.s2 = dkim/s2.pem,"
    read = configuration.read({"RELANCE_DKIM_KEYS": given})
    assert configuration.dkim_files(read.dkim_keys) == {
        "s1": Path("/etc/relance/s1.pem"),
        "mail.s2": Path("dkim/s2.pem"),
    }
