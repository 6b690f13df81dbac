"""No channel is reachable without the gate: only dispatch imports channels, and it asks the gate."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
CHANNELS = "relance.delivery.channels"
DOOR = "relance.delivery.dispatch"
TEAM_ONLY = "relance.delivery.test_sends"  # to accounts of the team, see its first lines
ALERTS = "relance.delivery.alerts"  # to the addresses of a setting, see its first lines
FORWARDING = "relance.feedback.mails.forwarding"  # answers of people, to the address of a setting
# Words about sending that cannot send: what became of a message, and what a rehearsal collected. By full name, so that
# importing a module, the registry or a channel beside them is still found.
WORDS = {
    f"{CHANNELS}.{name}"
    for name in (
        "protocol.Kind",
        "protocol.Outcome",
        "protocol.Outgoing",
        "simulated.Collected",
        "simulated.collecting",
    )
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def imports(module: str, text: str, *, package: bool) -> Iterator[str]:
    """Yield every name a module imports, wherever in it, relative imports resolved."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: len(module.split(".")) - node.level + package] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def reaches_channels(module: str, text: str, *, package: bool = False) -> bool:
    """Tell whether a module names anything of the channels that could send, be it as text for import_module."""
    named = set(imports(module, text, package=package)) - WORDS
    return (
        any(f"{name}.".startswith(f"{CHANNELS}.") for name in named) or f'"{CHANNELS}' in text or f"'{CHANNELS}" in text
    )


def test_the_search_sees_every_form_of_import() -> None:
    forms = (
        "import relance.delivery.channels.smtp",
        "import relance.delivery.channels.protocol",
        "from relance.delivery import channels",
        "from relance.delivery.channels import protocol",
        "from relance.delivery.channels.smtp import send",
        "from relance.delivery.channels.simulated import SimulatedChannel, collecting",
        "def f():\n    from .channels import smtp",
        "from . import channels",
        "import_module('relance.delivery.channels.smtp')",
    )
    assert all(reaches_channels("relance.delivery.other", form) for form in forms)
    assert reaches_channels("relance.delivery", "from .channels import smtp", package=True)
    assert not reaches_channels("relance.delivery.other", "from relance.contacts.models import Channel")
    assert not reaches_channels(
        "relance.delivery.other", "from relance.delivery.channels.protocol import Kind, Outcome"
    )


def test_only_dispatch_imports_the_channels() -> None:
    found = {
        name_of(path)
        for path in SOURCE.glob("relance/**/*.py")
        if not f"{name_of(path)}.".startswith(f"{CHANNELS}.")
        and reaches_channels(name_of(path), path.read_text(), package=path.name == "__init__.py")
    }
    assert found <= {DOOR, TEAM_ONLY, ALERTS, FORWARDING}


def test_test_sends_take_accounts_and_never_contacts() -> None:
    """The other module that reaches a channel cannot reach a customer: it knows no contact, message or address."""
    text = SOURCE.joinpath(*TEAM_ONLY.split(".")).with_suffix(".py").read_text()
    known = set(imports(TEAM_ONLY, text, package=False))
    assert "relance.accounts.models.User" in known or "relance.accounts.models" in known
    assert not [
        name
        for name in known
        if name.startswith(("relance.contacts", "relance.outbox.models.Message", "relance.journeys"))
    ]
    assert "database" not in text


@pytest.mark.parametrize(
    ("module", "setting"),
    [(ALERTS, "settings.RELANCE.alert_addresses"), (FORWARDING, "settings.RELANCE.reply_forward")],
)
def test_what_goes_to_the_team_goes_to_the_addresses_of_a_setting_and_knows_no_contact(
    module: str, setting: str
) -> None:
    text = SOURCE.joinpath(*module.split(".")).with_suffix(".py").read_text()
    known = set(imports(module, text, package=False))
    assert not [name for name in known if name.startswith(("relance.contacts", "relance.outbox.models.Message"))]
    assert setting in text
    assert "contact" not in text.split('"""', 2)[2]


def test_the_words_that_cannot_send_have_no_send() -> None:
    """The words come from modules that exist, and none of them is a channel."""
    for name in WORDS:
        path = SOURCE.joinpath(*name.split(".")[:-1]).with_suffix(".py")
        if path.exists():
            [found] = [
                node for node in ast.parse(path.read_text()).body if getattr(node, "name", "") == name.split(".")[-1]
            ]
            assert not [node for node in ast.walk(found) if isinstance(node, ast.FunctionDef) and node.name == "send"]


def test_dispatch_asks_the_gate() -> None:
    path = SOURCE / "relance/delivery/dispatch.py"
    if path.exists():
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
        assert "gate.check" in calls
