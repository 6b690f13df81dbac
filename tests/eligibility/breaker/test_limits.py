"""The table of limits: shipped, by mailing service, and one's own on top; refused with file and line where it is wrong."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from relance.core.errors import DefinitionError
from relance.eligibility.breaker import limits, providers


def with_service(name: str, path: str = "") -> limits.Limits:
    changed = settings.RELANCE.model_copy(update={"mailing_service": name, "breaker_limits": path})
    with override_settings(RELANCE=changed):
        return limits.in_force()


@pytest.mark.parametrize(
    ("service", "hard", "complaint", "unsubscribe"),
    [("brevo", 0.016, 0.001, 0.008), ("ses", 0.04, 0.0008, 0.01), ("", 0.016, 0.0008, 0.008)],
)
def test_it_stops_at_four_fifths_of_the_services_limit_or_at_what_the_provider_asks(
    service: str, hard: float, complaint: float, unsubscribe: float
) -> None:
    table = with_service(service)
    found = [table.allowed(signal, "gmail") for signal in ("hard_bounce", "complaint", "unsubscribe")]  # type: ignore[arg-type]
    assert found == pytest.approx([hard, complaint, unsubscribe])
    assert table.warned("hard_bounce", "gmail") == pytest.approx(hard / 2)


def test_the_chances_of_a_journey_sum_to_a_twentieth_over_signals_providers_and_openings() -> None:
    table = with_service("brevo")
    whole = sum(
        table.alpha(signal, provider, opening)
        for signal in limits.SIGNALS
        if signal != "click_drop"
        for provider in limits.sharers(signal)
        for opening in range(1, 200)
    )
    assert 0.0495 < whole <= 0.05


@pytest.mark.parametrize("service", ["brevo", "ses", ""])
def test_whoever_keeps_the_limit_at_each_provider_keeps_that_of_everyone(service: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("breaker: mine\nproviders:\n  orange: {hard_bounce: 0.004, complaint: 0.0005}\n")
    table = with_service(service, str(path))
    assert table.allowed("hard_bounce", "orange") == 0.004
    for signal in limits.JOURNEY_SIGNALS:
        assert all(
            table.allowed(signal, one) <= table.allowed(signal, providers.EVERYONE) for one in providers.PROVIDERS
        )


def test_everyone_may_have_a_weight_and_the_sum_stays(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("breaker: mine\nweights: {everyone: 3, gmail: 2}\n")
    table = with_service("brevo", str(path))
    assert table.alpha("trap", providers.EVERYONE) == pytest.approx(1.5 * table.alpha("trap", "gmail"))
    whole = sum(table.alpha("trap", one) for one in limits.sharers("trap"))
    assert whole == pytest.approx(table.signals["trap"].alpha * 6 / 3.14159265**2)
    blocks = sum(table.alpha("block", one) for one in providers.PROVIDERS)  # of the sender, so of no journey as a whole
    assert blocks == pytest.approx(table.signals["block"].alpha * 6 / 3.14159265**2)


def test_a_journeys_messages_are_watched_twice_so_each_watch_has_half_of_the_false_stops() -> None:
    table = with_service("brevo")
    for of_sender, among, length in (
        (False, limits.JOURNEY_SIGNALS, table.run_length / 2),
        (True, limits.SENDER_SIGNALS, table.sender_run_length),
    ):
        each = [1 / table.run_length_of(signal, of_sender=of_sender) for signal in among]
        assert (1 if of_sender else 4) * length * sum(each) == pytest.approx(1)


def test_ones_own_file_replaces_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "breaker: mine\nsignals:\n  hard_bounce: {alpha: 0.03}\nproviders:\n  orange: {complaint: 0.0005}\n"
    )
    table = with_service("brevo", str(path))
    assert table.signals["hard_bounce"].alpha == 0.03
    assert table.allowed("complaint", "orange") == 0.0005
    assert table.allowed("complaint", "gmail") == 0.001
    assert table.alpha("hard_bounce", "gmail") == pytest.approx(0.03 / 10 * 6 / 3.14159265**2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("breaker: mine\nproviders:\n  gmial: {complaint: 0.001}\n", "no such provider: gmial"),
        ("breaker: mine\nsignals:\n  hard_bounce: {alpha: 2}\n", "line 3, signals.hard_bounce.alpha"),
        ("breaker: mine\nsignals:\n  block: {alpha: 0.01, ours: null}\n", "nobody names a rate for block"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(DefinitionError, match=said):
        with_service("brevo", str(path))


def test_a_service_nobody_knows_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no limits are known of the mailing service carrier"):
        with_service("carrier")


def test_a_service_without_a_line_is_held_to_the_strictest_of_all() -> None:
    assert with_service("mailjet").allowed("hard_bounce", "gmail") == with_service("").allowed("hard_bounce", "gmail")
