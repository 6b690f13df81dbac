"""Prepares the base of `benchmarks.pages`: accounts, the shipped definitions, a night's stages, people in the journey."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

from datetime import timedelta

import django

django.setup()

from tests.browser import prepare
from tests.browser.clock import START

from relance.accounts.models import User
from relance.core import database
from relance.delivery import dispatch
from relance.dormancy import scoring
from relance.eligibility import permission
from relance.journeys import advance, publishing
from relance.measurement import snapshots, tallies
from relance.rehearsal import demonstration
from relance.segments import refresh
from relance.workers import stages


def main() -> None:
    """Do it once; a later run finds it done."""
    database.start()
    database.migrate()
    if User.objects.filter(email="done@example.org").exists():
        return
    User.objects.all().delete()
    prepare.accounts()
    permission.declare_no_opt_outs("The benchmark", "made-up people", START)
    database.execute(
        "INSERT INTO consent (contact_id, channel, topic, given, basis, at) "
        "SELECT id, 'email', 'marketing', true, 'opt_in', first_seen_at FROM contact WHERE id % 4 > 0 ON CONFLICT DO NOTHING"
    )
    database.execute("UPDATE contact_point SET valid = true, checked_at = %s", [START])
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
    tallies.run(START)
    snapshots.run(START + timedelta(minutes=1))  # after the mails of the last minute
    database.execute("VACUUM (ANALYZE)")
    User.objects.create(email="done@example.org", name="Done")


if __name__ == "__main__":
    main()
