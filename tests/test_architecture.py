"""What holds the shape of the code: foreign keys follow the arrows of the layers, no signals, no long file."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from django.apps import apps
from django.db.models import Field, Model

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "relance"
ALONE = {"event", "message"}  # tables to be distributed by contact one day: nothing may point at their rows
LONGEST = 400
COME_WITH = {"pydantic-core"}  # what a declared library cannot be without: pydantic's own core


def ranks() -> dict[str, int]:
    """Return how far to the right each package stands among the layers of the import contract."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    layers = enumerate(contract["layers"])
    return {name: rank for rank, layer in layers for name in re.findall(r"\w+", layer)}


def pointing() -> Iterator[tuple[type[Model], type[Model], "Field[object, object]"]]:
    """Yield each of our models' relations to another model: whose, to which, by which field."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("relance."):
            for field in [*model._meta.fields, *model._meta.many_to_many]:
                if field.related_model is not None:
                    assert isinstance(field.related_model, type)
                    yield model, field.related_model, field


def package(model: type[Model]) -> str:
    return model.__module__.split(".")[1] if model.__module__.startswith("relance.") else ""


def follows_the_arrows(owner: str, target: str) -> bool:
    """Tell whether a model of one package may point at a model of another: its own, or one further right."""
    known = ranks()
    return owner == target or known.get(owner, -1) < known.get(target, -1)


def code() -> Iterator[tuple[str, str]]:
    """Yield every Python file of the package but the migrations: its path and its text."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(SOURCE)), path.read_text()


def imported(text: str) -> Iterator[str]:
    """Yield the full name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def hears_signals(text: str) -> bool:
    """Tell whether a module declares, sends or hears Django's signals."""
    return any(re.match(r"django\.dispatch|django(\.\w+)*\.signals", name) for name in imported(text))


def test_the_arrows_are_read_as_they_are_drawn() -> None:
    assert follows_the_arrows("journeys", "contacts")
    assert follows_the_arrows("segments", "core")
    assert not follows_the_arrows("contacts", "journeys")
    assert not follows_the_arrows("segments", "content"), "packages of one layer know nothing of each other"
    assert not follows_the_arrows("contacts", "")
    assert min(ranks(), key=ranks().__getitem__) == "web"
    assert max(ranks(), key=ranks().__getitem__) == "core"


def test_foreign_keys_follow_the_arrows() -> None:
    wrong = [
        f"{model.__name__}.{field.name} points from {package(model)} to {package(target) or target.__module__}"
        for model, target, field in pointing()
        if not follows_the_arrows(package(model), package(target))
    ]
    assert len(list(pointing())) > 5
    assert not wrong


def test_nothing_points_at_events_and_messages() -> None:
    tables = {model._meta.db_table for model in apps.get_models()}
    assert tables >= ALONE
    assert not [str(field) for _, target, field in pointing() if target._meta.db_table in ALONE]


def test_every_model_belongs_to_a_package_of_the_layers() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("relance.")]
    assert {package(model) for model in ours} <= set(ranks())


def test_no_signals_in_our_own_code() -> None:
    assert hears_signals("from django.dispatch import receiver")
    assert hears_signals("from django.db.models import signals\nsignals.post_save.connect(f)")
    assert hears_signals("import django.dispatch\nx = django.dispatch.Signal()")
    assert hears_signals("def f():\n    from django import dispatch")
    assert not hears_signals("import signal\nclass Signal: ...\nsignal.signal(signal.SIGTERM, f)")
    assert not [path for path, text in code() if hears_signals(text)]


def test_no_file_is_longer_than_its_readers_patience() -> None:
    lengths = {path: len(text.splitlines()) for path, text in code()}
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


def test_every_package_says_what_it_is_for() -> None:
    packages = [path.parent for path in SOURCE.rglob("__init__.py") if path.parent.name != "migrations"]
    silent = [str(path) for path in packages if not ast.get_docstring(ast.parse((path / "__init__.py").read_text()))]
    folders = {path.parent for path in SOURCE.rglob("*.py") if "migrations" not in path.parts}
    assert not silent
    assert not folders - set(packages), "a folder with modules is a package, and says so in __init__.py"


def test_the_base_package_imports_only_what_it_declares() -> None:
    """The tools of the tests bring libraries that a plain installation has not: what is imported at the top must be declared."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=~! ]", one)[0].lower().replace("_", "-") for one in declared} | COME_WITH
    provided = packages_distributions()
    for file in SOURCE.rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [str(node.module)]
            for top in {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - {"relance"}:
                owners = {name.lower().replace("_", "-") for name in provided.get(top, [])}
                assert owners & names, (
                    f"{file.relative_to(ROOT)} imports {top} of {owners}, which pyproject.toml does not declare"
                )
