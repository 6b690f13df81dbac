"""A journey is read with its lines; positions are paths in the tree of steps."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import relance
from relance.core import database
from relance.core.definitions import parse
from relance.core.errors import DefinitionError
from relance.journeys import definition, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.steps import KINDS, NOT_YET
from relance.journeys.steps.wait import WEEKDAYS, Until, Wait
from tests.journeys.people import BRANCHED, HEAD

FOLDER = Path(relance.__file__).parent / "recipes"
RECIPES = sorted(path.name for path in (FOLDER / "journeys").glob("*.yaml"))
DAY = timedelta(days=1)


def read(text: str) -> JourneyDefinition:
    return definition.read(parse(text, "j.yaml"))


def steps(text: str) -> JourneyDefinition:
    """Read a journey whose steps, one line each, are `text`."""
    return read(HEAD + "\n".join(f"  - {line}" for line in text.splitlines()))


def test_positions_are_paths_and_arms_come_together(shared: None) -> None:
    nodes = read(BRANCHED).nodes
    assert list(nodes) == ["0", "1", "2", "2.0.0", "2.0.1", "2.1.0", "3", "4", "5"]
    assert nodes["2"].arms == ("2.0.0", "2.1.0")
    assert (nodes["2.0.1"].following, nodes["2.1.0"].following, nodes["5"].following) == ("3", "3", None)
    assert nodes["2.1.0"].location == ("steps", 2, "branch", 1, "otherwise", 0)


def test_times_are_the_longest_way(shared: None) -> None:
    journey = read(BRANCHED)
    assert definition.sends_span(journey) == 21 * DAY
    assert definition.length(journey) == 31 * DAY
    assert tree.elapsed(journey.nodes)["2.0.0"] == 7 * DAY


def test_a_passage_is_measured_after_journey_and_goal_window(shared: None, now: datetime) -> None:
    assert definition.measured_at(read(BRANCHED), now) == now + 31 * DAY
    assert definition.measured_at(read(BRANCHED.replace("within: 30 days", "within: 60 days")), now) == now + 60 * DAY


def test_short_event_names_are_understood(shared: None) -> None:
    assert read(BRANCHED.replace("steps:", "exit_when: [unsubscribed, order_placed]\nsteps:", 1)).exit_when == (
        "message_unsubscribed",
        "order_placed",
    )


@pytest.mark.parametrize(("written", "share"), [("10%", 0.1), ("12.5%", 0.125), ("none", 0.0)])
def test_a_holdout_is_a_percentage_or_declined(shared: None, written: str, share: float) -> None:
    assert read(BRANCHED.replace("holdout: none", f"holdout: {written}")).holdout == share


def test_the_holdout_is_ten_percent_unless_said(shared: None) -> None:
    assert read(BRANCHED.replace("holdout: none", "")).holdout == 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wait: 7 dayz", r"j.yaml, line 8, steps.0.wait: a duration is a number"),
        ("wait: {date: 2026-12-24}", r"line 8, steps.0: waiting for `date` is not available yet"),
        ("wait: {until: {weekday: someday, hour: 9}}", r"line 8, steps.0.wait.until.weekday: .*'monday'"),
        ("wait: {}", r"line 8, steps.0.wait: a wait is a duration"),
        ("exit: {}\nsplit: {}", r"line 9, steps.1: the step `split` is not available yet; available: send, wait"),
        ("jump: 3", r"line 8, steps.0: there is no step `jump`"),
        ("send: {id: a, channel: sms, template: t}", r"line 8, steps.0.send.channel: no message leaves by sms yet"),
        ("send: {id: a, channel: [push, sms], template: t}", r"channel: no message leaves by push, sms yet; add email"),
        (
            "send: {id: a, channel: fax, template: t}",
            r"line 8, steps.0.send.channel: no channel is called 'fax'; .*sms",
        ),
        (
            "send: {id: a, channel: [email, fax], template: t}",
            r"send.channel: no channel is called 'fax'; write one of email",
        ),
        ("send: {id: a, channel: [], template: t}", r"line 8, steps.0.send.channel: no channel is written here"),
        ("send: {id: a, channel: , template: t}", r"line 8, steps.0.send.channel: no channel is written here"),
        (
            "send: {id: a, channel: [email, sms, email], template: t}",
            r"the channel 'email' stands twice; name each once",
        ),
        ("send: {id: a, channel: email, choose: dearest, template: t}", r"send.choose: .*'cheapest' or 'preferred'"),
        ("send: {id: a, channel: email, template: t/u}", r"line 8, steps.0.send.template: this is not written"),
        ("send: {id: a, channel: email, template: [t]}", r"line 8, steps.0.send.template: text is expected here"),
        (
            "send: {id: a, channel: email, template: {email: T}}",
            r"line 8, steps.0.send.template.email: this is not written",
        ),
        (
            "send: {id: a, channel: [email, sms, push], template: {email: t}}",
            r"line 8, steps.0.send: `template:` names no template for sms, push; give one for each channel, or one name for all",
        ),
        (
            "send: {id: a, channel: [email, sms], template: {email: t, sms: u, fax: v}}",
            r"line 8, steps.0.send: `template:` names a template for fax, which this step does not use; take it out",
        ),
        ("send: {id: a, template: t}", r"line 8, steps.0.send.channel: this field is missing"),
        ("send: {id: a/b, channel: email, template: t}", r"line 8, steps.0.send.id: "),
        ("send: {id: a, channel: email, template: t, when: x}", r"line 8, steps.0.send.when: no such field here"),
        ("sunset: {soon: yes}", r"line 8, steps.0.sunset.soon: no such field here"),
        ("branch: []", r"line 8, steps.0: a branch has at least one arm"),
        ("branch: [{otherwise: []}, {when: {clicked: a}, steps: []}]", r"line 8, steps.0: .*`otherwise` stands last"),
        ("branch: [{when: {clicked: a}}]", r"line 8, steps.0.branch.0: an arm is either"),
        (
            "branch: [{when: {clicked: 3}, steps: []}]",
            r"line 8, steps.0.branch.0.when.clicked: steps are named by their ids",
        ),
        ("branch: [{when: {stat: x}, steps: []}]", r"line 8, steps.0.branch.0.when.stat: .*Did you mean `state`"),
        ("branch: [{otherwise: [{wait: 1 dai}]}]", r"line 8, steps.0.branch.0.otherwise.0.wait: a duration"),
        ("wait", r"line 8, steps.0: a step is one line"),
    ],
)
def test_errors_name_file_line_and_field(shared: None, text: str, expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        steps(text)


def test_channels_are_one_or_a_list_and_those_not_built_are_passed_over(shared: None) -> None:
    one, several = (
        tree.sends(steps(f"send: {{id: a, channel: {it}, template: t}}").nodes)[0][1]
        for it in ("email", "[sms, email]")
    )
    assert (one.channel, one.leaving, one.choose, one.templates) == (("email",), ("email",), None, ("t",))
    assert (several.channel, several.leaving) == (("sms", "email"), ("email",))


def test_a_template_is_one_for_all_or_one_for_each_channel(shared: None) -> None:
    step = "send: {id: a, channel: [sms, email], choose: cheapest, template: {email: hello, sms: hello-short}}"
    ((_, send),) = tree.sends(steps(step).nodes)
    assert (send.template_for("sms"), send.template_for("email"), send.headline) == ("hello-short", "hello", "hello")
    assert (send.templates, send.choose) == (("hello-short", "hello"), "cheapest")


@pytest.mark.parametrize("written", ["10", "0%", "60%", "a tenth", "NaN%", "-5%"])
def test_other_holdouts_are_refused(shared: None, written: str) -> None:
    with pytest.raises(DefinitionError, match=r"j.yaml, line 6, holdout: a holdout is a percentage"):
        read(BRANCHED.replace("holdout: none", f"holdout: {written}"))


def test_every_step_of_the_design_is_available_or_announced() -> None:
    design = {
        "send",
        "wait",
        "branch",
        "split",
        "offer",
        "audience",
        "task",
        "webhook",
        "update",
        "survey",
        "sunset",
        "exit",
    }
    assert set(KINDS) | set(NOT_YET) == design


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_journeys(shared: None, name: str) -> None:
    text = (FOLDER / "journeys" / name).read_text()
    assert f"{definition.read(parse(text, name)).journey}.yaml" == name


@pytest.mark.parametrize(
    ("weekday", "hour", "expected"),
    [
        ("tuesday", 9, "2026-07-28T07:00:00+00:00"),  # Paris is two hours ahead in July
        ("monday", 10, "2026-08-03T08:00:00+00:00"),  # it is exactly ten: the next one
        ("monday", 11, "2026-07-27T09:00:00+00:00"),
        (None, 9, "2026-07-28T07:00:00+00:00"),
    ],
)
def test_until_is_the_next_such_moment(now: datetime, weekday: str | None, hour: int, expected: str) -> None:
    assert Until(weekday=weekday, hour=hour).after(now) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "start", ["2026-03-28T23:30:00", "2026-07-27T08:00:00", "2026-10-24T12:00:00", "2026-12-31T23:59:59"]
)
def test_python_and_postgresql_agree_on_the_end_of_waits(shared: None, start: str) -> None:
    instant = datetime.fromisoformat(start).replace(tzinfo=UTC)
    for weekday in (None, *WEEKDAYS):
        until = Until(weekday=weekday, hour=9)
        assert database.rows(f"SELECT {until.after_sql('i')} FROM (SELECT %s::timestamptz AS i) t", [instant]) == [
            (until.after(instant),)
        ]
    for text in ("7 days", "1 month", "48 hours", "2 years", "3 weeks"):
        assert database.rows(f"SELECT %s::timestamptz + interval '{text}'", [instant]) == [
            (Wait.read(text).due_after(instant),)
        ]
