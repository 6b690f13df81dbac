"""Files of other projects that the pages serve: each with version, licence and hash in the manifest, and none besides."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src/relance/web/static/vendor"
VENDORING = ROOT / "vendoring"
MANIFEST: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))


def test_nothing_stands_there_but_what_the_manifest_names() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(
        ["manifest.json", *(entry["file"] for entry in MANIFEST)]
    )


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: str(entry["file"]))
def test_a_file_is_the_one_the_manifest_tells_of(entry: dict[str, Any]) -> None:
    content = (FOLDER / entry["file"]).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (entry["sha256"], entry["bytes"])
    assert entry["packages"]
    for package in entry["packages"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["licence"] in {"MIT", "0BSD", "OFL-1.1", "Apache-2.0", "MPL-2.0"}


def test_the_manifest_tells_of_the_versions_that_are_asked_for() -> None:
    wanted = json.loads((VENDORING / "package.json").read_text("utf-8"))["dependencies"]
    for entry in MANIFEST:
        for package in entry["packages"]:
            assert wanted[package["name"]] == package["version"]


def test_the_lock_file_pins_every_package_by_hash_and_names_no_place() -> None:
    text = (VENDORING / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert re.findall(r"https?://[^\"]*(?:registry|npmjs)[^\"]*", text) == []
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_no_vendored_file_asks_another_host() -> None:
    for name in ("tabler.min.css", "icons.svg"):
        text = (FOLDER / name).read_text("utf-8")
        assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import", text) == []


@pytest.mark.long
def test_the_script_makes_the_same_files_again() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not on this machine: the vendored files were compared with their manifest only")
    made = subprocess.run(
        [npm, "run", "check"], cwd=VENDORING, capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
