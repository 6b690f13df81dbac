"""Prepares the base of `benchmarks.pages`: accounts, the shipped definitions, a night's stages, people in the journey.

Beside them: mistyped and suppressed addresses, the other shipped journeys started too, a log of years.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from tests.browser import prepare
from tests.browser.clock import START

from relance.accounts.models import User
from relance.core import database
from relance.core.definitions import parse
from relance.core.ids import postgresql_digest
from relance.delivery import dispatch
from relance.dormancy import scoring
from relance.eligibility import permission
from relance.journeys import advance, library, publishing
from relance.measurement import snapshots, tallies
from relance.rehearsal import demonstration
from relance.segments import refresh
from relance.workers import stages

CONSENTED = """
    INSERT INTO consent (contact_id, channel, topic, given, basis, at)
    SELECT id, 'email', 'marketing', true, 'opt_in', first_seen_at FROM contact WHERE id % 4 > 0 ON CONFLICT DO NOTHING
"""
MISTYPED = """
    UPDATE contact_point SET suggestion = 'meant' || value, reason = 'mistyped' WHERE channel = 'email' AND id % 500 = 0
"""
# The former tool's opt-outs: one address in a hundred.
SUPPRESSED = """
    INSERT INTO suppression (channel, digest, reason, at)
    SELECT 'email', {digest}, 'former_tool', %s FROM contact_point WHERE channel = 'email' AND id %% 100 = 50
"""
ACTS = 100_000
LOGGED = """
    INSERT INTO audit_entry (at, actor, action, subject, details)
    SELECT %s::timestamptz - n * interval '10 minutes', 'Camille <camille@example.org>', 'segment saved', 'segment-' || n %% 40, '{}'
    FROM generate_series(1, %s) n
"""


def main() -> None:
    """Do it once; a later run finds done what is done."""
    database.start()
    database.migrate()
    once("people", people)
    once("figures", figures)


def once(part: str, make: Callable[[], None]) -> None:
    """Make a part of the base, and leave an account as the sign that it is there."""
    sign = f"{part}-made@example.org"
    if not User.objects.filter(email=sign).exists():
        make()
        User.objects.create(email=sign, name="Done")


def people() -> None:
    """Make accounts, let the shipped journey's people in and its first mails out."""
    User.objects.all().delete()
    prepare.accounts()
    permission.declare_no_opt_outs("The benchmark", "made-up people", START)
    database.execute(CONSENTED)
    database.execute("UPDATE contact_point SET valid = true, checked_at = %s", [START])
    database.execute(MISTYPED)
    database.execute(SUPPRESSED.format(digest=postgresql_digest("value")), [START])
    database.execute(LOGGED, [START, ACTS])
    demonstration.define(START)
    database.execute("DELETE FROM profile")
    scoring.score(START)
    refresh.run(START)
    publishing.start(demonstration.JOURNEY)
    database.execute("ANALYZE")  # as imports and stages do after much work
    stages.enter(START)
    database.execute("ANALYZE enrolment")
    advance.run(START)
    for _batch in range(20):  # 20,000 mails are sent or refused; the others wait
        dispatch.run(START)
    start_the_others()


def figures() -> None:
    """Make what a night makes of them."""
    tallies.run(START)
    snapshots.run(START + timedelta(minutes=1))  # after the mails of the last minute
    database.execute("VACUUM (ANALYZE)")


def start_the_others() -> None:
    """Publish and start the other shipped journeys: pages that show every journey ask about all of them."""
    for recipe in library.recipes():
        if recipe.name != demonstration.JOURNEY:
            library.provide(recipe, START)
            publishing.publish(parse(recipe.text, f"{recipe.name}.yaml"), START)
            publishing.start(recipe.name)


if __name__ == "__main__":
    main()
