"""`relance account`: the people who may use the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.accounts import invitations, team
from relance.accounts.models import User
from relance.accounts.roles import Role
from relance.cli import face
from relance.cli.clock import local
from relance.cli.tables import Grid
from relance.core.errors import RefusedError

app = typer.Typer(help="The people who may use the pages.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="E-mail address of the account.")]
RoleName = Annotated[str, typer.Option("--role", help=f"One of {', '.join(Role.values)}.")]


@app.command("list")
def list_(json: face.Json = False) -> None:
    """List the accounts."""
    rows: list[dict[str, Any]] = [
        {"email": u.email, "name": u.name, "role": u.role, "active": u.is_active, "last_sign_in": u.last_login}
        for u in User.objects.order_by("name")
    ]

    def text(console: Console) -> None:
        if not rows:
            console.print("Nobody has an account yet. `relance account welcome` prints the link that makes the first.")
            return
        cells = [
            (u["email"], u["name"], u["role"], "yes" if u["active"] else "no", _day(u["last_sign_in"])) for u in rows
        ]
        console.print(Grid(("e-mail", "name", "role", "active", "last sign-in"), cells))

    face.answer({"accounts": rows}, json=json, text=text)


@app.command()
def create(
    email: Email, name: Annotated[str, typer.Option("--name")], role: RoleName = "reader", json: face.Json = False
) -> None:
    """Create an account; the link printed lets its owner choose a password."""
    _answer(team.create(email, name, role, by="", now=datetime.now(UTC)), json=json)


@app.command()
def link(email: Email, json: face.Json = False) -> None:
    """Print a new link to choose a password."""
    _answer(team.find(email), json=json)


@app.command()
def role(
    email: Email,
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(Role.values)}.")],
    json: face.Json = False,
) -> None:
    """Give an account another role."""
    user = team.change_role(email, role, by="", now=datetime.now(UTC))
    face.answer(
        {"email": user.email, "role": user.role}, json=json, text=lambda c: c.print(f"{user.email}: {user.role}")
    )


@app.command()
def disable(email: Email, json: face.Json = False) -> None:
    """Keep an account from signing in."""
    user = team.set_active(email, active=False, by="", now=datetime.now(UTC))
    face.answer({"email": user.email, "active": False}, json=json, text=lambda c: c.print(f"{user.email} is disabled."))


@app.command()
def enable(email: Email, json: face.Json = False) -> None:
    """Let an account sign in again."""
    user = team.set_active(email, active=True, by="", now=datetime.now(UTC))
    face.answer({"email": user.email, "active": True}, json=json, text=lambda c: c.print(f"{user.email} is enabled."))


@app.command()
def welcome(json: face.Json = False) -> None:
    """Print the link that makes the first administrator."""
    if User.objects.exists():
        raise RefusedError("There are accounts already. `relance account link EMAIL` prints a link for one of them.")
    address = invitations.welcome_address()
    face.answer({"address": address}, json=json, text=lambda c: c.print(address, soft_wrap=True))


def _day(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d}" if at else "never"


def _answer(user: User, *, json: bool) -> None:
    address = invitations.address(user)
    data = {"email": user.email, "role": user.role, "choose_password_at": address}
    face.answer(
        data,
        json=json,
        text=lambda c: c.print(f"{user.email} ({user.role}) chooses a password at {address}", soft_wrap=True),
    )
