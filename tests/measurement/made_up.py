"""Made-up data for a report."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from relance.measurement import conclusions, experiments
from relance.measurement.figures import Effect, Result, Revenue
from relance.measurement.health import Health
from relance.measurement.intervals import exact
from relance.measurement.money_intervals import mean_difference
from relance.measurement.outcomes import Arm, Outcome
from relance.measurement.report.data import Assumptions, Finding, Mail, Period, ReportData
from relance.measurement.volumes import ExitVolume, Signal, StepVolume, VerdictVolume, Volumes

START = datetime(2026, 7, 27, 6, tzinfo=UTC)
END = START + timedelta(75)
MAIL = (
    "<html><head><style>body{font-family:Georgia}</style></head><body><h1>Anna, des nouvelles ?</h1>"
    '<p>Nous avons gardé votre carnet de recettes.</p><img src="https://tracker.example/p.gif" alt="">'
    "<script>document.body.innerHTML='script ran'</script></body></html>"
)


def arms() -> tuple[Arm, Arm]:
    """Return a treated and a control group with a clear effect on orders, none on visits, and money."""
    random = np.random.default_rng(4)
    treated, control = random.lognormal(3.8, 0.8, 341), random.lognormal(3.8, 0.8, 24)
    return (
        Arm(4_512, {"order": 341, "visit": 655, "login": 0}, Decimal(f"{treated.sum():.2f}"), treated),
        Arm(498, {"order": 20, "visit": 74, "login": 0}, Decimal(f"{control.sum():.2f}"), control),
    )


def revenue() -> Revenue:
    treated, control = arms()
    limits = mean_difference(treated.amounts, treated.people, control.amounts, control.people)
    means = float(treated.revenue) / treated.people, float(control.revenue) / control.people
    gap = means[0] - means[1]
    return Revenue(
        True, treated.revenue, control.revenue, *means, gap, limits, gap * treated.people, limits.times(treated.people)
    )


def effects() -> list[Effect]:
    both = arms()
    order = experiments.compare(Outcome("order", ("order_placed", "store_purchase")), *both)
    visit = experiments.compare(Outcome("visit", ("site_visited",)), *both)
    return [order, visit, Effect("login", ("logged_in",), known=False, uncovered=("logged_in",))]


def volumes() -> Volumes:
    def step(name: str, variant: str, messages: int, sent: int, clicked: int) -> StepVolume:
        delivered = round(sent * 0.985)
        signals = {"sent": sent, "delivered": delivered, "bounced": sent - delivered, "clicked": clicked}
        return StepVolume(name, variant, messages, {"delivered": delivered, "blocked": messages - sent}, signals)

    steps = [
        step("hello", "a", 2_256, 2_102, 61),
        step("hello", "b", 2_256, 2_120, 88),
        step("history", "", 4_020, 3_818, 130),
        step("offer", "", 244, 231, 74),
        step("stay-or-go", "", 3_700, 3_512, 52),
    ]
    signals = [
        Signal("delivered", 11_606, 11_783, "sent", exact(11_606, 11_783)),
        Signal("bounced", 177, 11_783, "sent", exact(177, 11_783)),
        Signal("clicked", 405, 11_606, "delivered", exact(405, 11_606)),
        Signal("unsubscribed", 61, 11_606, "delivered", exact(61, 11_606)),
        Signal("complained", 2, 6_214, "sent_where_complaints_are_told", exact(2, 6_214)),
    ]
    verdicts = [
        VerdictVolume("defer", "pressure", 1_203, 611, 12_476),
        VerdictVolume("block", "permission_withdrawn", 402, 402, 12_476),
        VerdictVolume("block", "address_invalid", 230, 230, 12_476),
        VerdictVolume("defer", "commercial_period", 31, 31, 12_476),
        VerdictVolume("allow", "allowed", 11_783, 11_783, 12_476),
    ]
    exits = [
        ExitVolume("sunset", 3_411, 0),
        ExitVolume("goal", 341, 20),
        ExitVolume("completed", 0, 466),
        ExitVolume("unsubscribed", 61, 1),
        ExitVolume("blocked:permission_withdrawn", 402, 0),
    ]
    return Volumes(steps, verdicts, exits, signals)


def result(*, finished: bool = True) -> Result:
    """Return a made-up result; unfinished ones have people still within their window."""
    measured = Result(
        journey="reactivation-ecommerce",
        at=END,
        goal="order_placed",
        window="30 days",
        running=True,
        finished=finished,
        ends_at=END if finished else END + timedelta(12),
        first_entry=START,
        unfinished=0 if finished else 412,
        treated=4_512,
        control=498,
        primary="order",
        effects=effects(),
        revenue=revenue(),
        volumes=volumes(),
    )
    return conclusions.concluded(measured, [("short_window", {"window": "30 days", "days": 36})])


def health(at: datetime, dormant: int) -> Health:
    states = {"active": 6_012, "cooling": 2_804, "dormant": dormant, "very_dormant": 4_101, "never_active": 903}
    states |= {"new": 311, "undetermined": 19_412 - sum(states.values()) - 311}
    return Health(at, 19_412, states, 1_377, 642, 118, 2_006, 381_204.5, 2_904_117.0)


def report(*, simulated: bool = True, finished: bool = True) -> ReportData:
    """Return everything a report shows."""
    rates = {"click": 0.02, "unsubscribe": 0.004, "complain": 0.0004, "hard_bounce": 0.008, "buy": 0.035, "visit": 0.12}
    by_state = dict.fromkeys(("active", "cooling", "dormant", "very_dormant", "undetermined"), rates)
    return ReportData(
        result=result(finished=finished),
        before=health(START, 5_010),
        after=health(END, 4_377),
        starts_at=START,
        ends_at=END,
        simulated=simulated,
        shop="Maison Verveine",
        titles={"en": "Wake dormant buyers", "fr": "Réveiller les acheteurs en sommeil"},
        unreachable=[
            Finding("dead_mailbox", 702, 19_001),
            Finding("syntax", 311, 19_001),
            Finding("disposable", 96, 19_001),
        ],
        hygiene=[
            Finding("without_valid_email", 1_377, 19_412),
            Finding("merged", 588, 20_000),
            Finding("role", 74, 19_001),
        ],
        calendar=[Period({"en": "Summer sales", "fr": "Soldes d'été"}, START - timedelta(33), START - timedelta(5))],
        mails=[
            Mail("hello", "a", "fr", "Anna, des nouvelles ?", MAIL),
            Mail("hello", "b", "en", "Still there, Anna?", MAIL),
        ],
        assumptions=Assumptions(by_state, {"offer_lift": 1.5, "buy_after_click": 0.12, "click_hours": 9, "basket": 54}),
    )
