"""The whole tree of commands, for tests that call it in their own process."""

from relance.cli import commands

app = commands.tree()
