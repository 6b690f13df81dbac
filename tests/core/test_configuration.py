"""A setting that cannot be right is refused by its name, in words of ours; a secret is not repeated."""

import pytest

from relance.core.configuration import read

WRONG = [
    ("smtp_url", "ftp://mail.shop.example", "write it as smtp://"),
    ("smtp_url", "smtp://mail.shop.example mail.other.example", "write it as smtp://"),
    ("provider_limits", "gmail=lots", "write gmail=6000/hour,10"),
    ("provider_limits", "gmail=1/hour gmail=2/hour", "gmail stands twice"),
    ("smtp_mails", "0", "write 1 or more"),
    ("base_url", "shop.example", "write it as https://www.example.org"),
    ("shop_url", "shop.example", "write it as https://www.example.org"),
    ("time_zone", "Paris", "no such time zone; write one such as Europe/Paris"),
    ("country", "France", "no such country; write its two capital letters"),
    ("mail_from", "shop", "write an address such as shop@example.org"),
    ("mail_from", "shop@example.org\nBcc: all@example.org", "write an address such as shop@example.org"),
    ("mail_reply_to", "nobody", "write an address such as shop@example.org"),
    ("memory_limit", "lots", "write a size such as 4GB"),
    ("service_url", "http://api.example.org", "write it as https://api"),
    ("webhook_secret", "relance:short", "write it as user:password"),
    ("webhook_secret", "a-password-without-its-user", "write it as user:password"),
    ("secret_key", "hunter2", "use 16 characters or more"),
    ("port", "eight", "write a whole number"),
    ("port", "70000", "write 65535 or less"),
    ("hot_days", "0", "write 1 or more"),
    ("durable", "perhaps", "write true or false"),
    ("language", "de", "write fr or en"),
    ("currency", "euro", "write three capital letters, such as EUR"),
    ("mail_cost", "nan", "write a number, such as 0.5"),
    ("feedback_loops", "@outlook", "write domains such as"),
    ("colour", "blue", "no such setting"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_what_cannot_be_right_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(SystemExit) as refused:
        read({f"RELANCE_{name.upper()}": value})
    assert f"RELANCE_{name.upper()}: {said}" in str(refused.value).replace("too short to keep a secret: ", "")
    assert "docs/en/settings.md" in str(refused.value)


@pytest.mark.parametrize("name", ["smtp_url", "secret_key", "webhook_secret"])
def test_a_secret_is_not_repeated(name: str) -> None:
    with pytest.raises(SystemExit) as refused:
        read({f"RELANCE_{name.upper()}": "ftp://u:hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "(it is not shown)" in str(refused.value)


def test_every_refused_setting_is_told_at_once() -> None:
    with pytest.raises(
        SystemExit, match=r"RELANCE_COUNTRY: .*RELANCE_CURRENCY: |RELANCE_CURRENCY: .*RELANCE_COUNTRY: "
    ):
        read({"RELANCE_COUNTRY": "fr", "RELANCE_CURRENCY": "eur"})


def test_what_is_right_is_read() -> None:
    given = {
        "RELANCE_SMTP_URL": "smtps://u:p@mail.shop.example:465",
        "RELANCE_TIME_ZONE": "America/Lima",
        "RELANCE_COUNTRY": "PE",
    }
    found = read({**given, "PATH": "x"})
    assert (found.smtp_url, found.time_zone, found.country) == (
        "smtps://u:p@mail.shop.example:465",
        "America/Lima",
        "PE",
    )


def test_pages_are_reached_at_the_port_they_listen_on_unless_another_address_is_given() -> None:
    assert read({"RELANCE_PORT": "8716"}).base_url == "http://localhost:8716"
    assert read({}).base_url == "http://localhost:8000"
    assert (
        read({"RELANCE_PORT": "8716", "RELANCE_BASE_URL": "https://r.shop.example"}).base_url
        == "https://r.shop.example"
    )
