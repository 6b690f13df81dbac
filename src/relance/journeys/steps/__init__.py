"""The kinds of steps, a file each; this registry is the only place that lists them."""

from relance.journeys.steps.branch import Branch
from relance.journeys.steps.exit import Exit
from relance.journeys.steps.send import Send
from relance.journeys.steps.step import KINDS, NOT_YET, Due, Node, Step, Steps
from relance.journeys.steps.sunset import Sunset
from relance.journeys.steps.wait import Wait

for kind in (Send, Wait, Branch, Sunset, Exit):
    KINDS[kind.kind] = kind

__all__ = ["KINDS", "NOT_YET", "Branch", "Due", "Exit", "Node", "Send", "Step", "Steps", "Sunset", "Wait"]
