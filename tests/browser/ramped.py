"""Gives the browser tests' shop a journey whose ramp has begun: run on its data folder; with `remove` it goes again."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from relance.core import database, definitions
from relance.journeys import library, publishing
from relance.journeys.models import Enrolment, Journey, Launch, LaunchPerson, LaunchPlan, RampStep, Version
from relance.measurement import launching, waterfall
from relance.outbox.models import Message
from relance.workers import stages
from tests.browser.clock import START

NAME, CANARY = "slow-wake", 4  # so small that four people release a step each


def main() -> None:
    """Publish it, approve its launch, and let its canary get the first message."""
    recipe = library.recipe("reactivation-ecommerce").text
    text = recipe.replace("journey: reactivation-ecommerce", f"journey: {NAME}", 1)
    version = publishing.publish(definitions.parse(text, f"{NAME}.yaml"), START)
    asked = launching.ask(version, start=START, canary=CANARY, by="Camille", now=START)
    launching.approve(waterfall.work_out(asked, START), by="Camille", now=START)
    others = {stage.name for stage in stages.STAGES} - {"enter", "advance", "dispatch"}
    for _ in stages.run(START, nightly=False, skip=frozenset(others)):
        pass


def remove() -> None:
    """Leave the shop without it."""
    journey = Journey.objects.get(name=NAME)
    Message.objects.filter(journey_id=journey.pk).delete()
    Enrolment.objects.filter(version__journey=journey).delete()
    LaunchPerson.objects.filter(plan__journey=journey).delete()
    RampStep.objects.filter(plan__journey=journey).delete()
    for model in (Launch, LaunchPlan, Version):
        model.objects.filter(journey=journey).delete()
    journey.delete()


if __name__ == "__main__":
    database.start()
    remove() if "remove" in sys.argv else main()
