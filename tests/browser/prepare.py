"""Makes the base that the browser tests visit: a small sample shop, one running journey, an account for each role."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from relance.accounts.models import User
from relance.accounts.roles import Role
from relance.core import database
from relance.dormancy import kinds
from relance.events import lake
from relance.intake import sources
from relance.journeys import publishing
from relance.measurement import bill, relaunch
from relance.rehearsal import demonstration
from relance.workers import stages
from tests.browser import estimates
from tests.browser.clock import START

PASSWORD = "a-password-of-the-tests"
PEOPLE = 2_000


def main(kind: str) -> None:
    """Make the base: `empty` has accounts only, `bare` not even those, `shop` everything."""
    database.start()
    database.migrate()
    sources.own_id(START)
    lake.table()
    if kind != "bare":
        accounts()
    if kind == "shop":
        shop()


def accounts() -> None:
    """Make an account for each role: administrator@example.org and so on."""
    for role in Role:
        user = User(email=f"{role.value}@example.org", name=role.value.replace("_", " ").capitalize(), role=role.value)
        user.set_password(PASSWORD)
        user.save()


def shop() -> None:
    """Bring the sample shop in, start the shipped journey and let its first mails out, into a Maildir."""
    folder = demonstration.files(_quiet, contacts=PEOPLE)
    demonstration.load(folder, _quiet, START)
    relaunch.refresh(START)
    publishing.start(demonstration.JOURNEY)
    for _name, _done in stages.run(START, nightly=False):
        pass
    bill.keep(START, months=2)
    kinds.refresh(START)
    estimates.keep(demonstration.JOURNEY, START)


def _quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


if __name__ == "__main__":
    main(sys.argv[1])
