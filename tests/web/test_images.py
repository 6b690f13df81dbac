"""Images brought to Relance: kept once by their content, served to anyone, and nothing else from beside them."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from relance.core import place
from relance.web.messages import images
from tests.pictures import PNG
from tests.web.conftest import SignIn


def test_an_image_is_kept_by_its_content_and_served_to_anyone(sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in("editor")
    (tmp_path / "a.png").write_bytes(PNG)
    with (tmp_path / "a.png").open("rb") as file:
        found = client.post("/messages/-/images", {"image": file}).json()
    assert (found["width"], found["address"].startswith(settings.RELANCE.base_url)) == (300, True)
    answer = Client(SERVER_NAME="localhost").get("/images/" + found["address"].rpartition("/")[2])
    assert (answer["Content-Type"], b"".join(answer.streaming_content)) == ("image/png", PNG)
    answer.close()


def test_two_uploads_of_one_image_at_once_are_both_kept_whole(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes and is kept between the first one's draft and its putting in place."""
    write = Path.write_bytes

    def slow(path: Path, content: bytes) -> int:
        monkeypatch.setattr(Path, "write_bytes", write)
        written = write(path, content)
        assert shown(images.store(content)) == PNG
        return written

    def shown(stored: images.Stored) -> bytes:
        return images.find(stored.address.rpartition("/")[2])[0].read_bytes()

    monkeypatch.setattr(Path, "write_bytes", slow)
    assert shown(images.store(PNG)) == PNG
    assert len(list((place.current().data / "images").iterdir())) == 1


@pytest.mark.parametrize("content", [b"<svg onload='x'/>", b"\xff\xd8\xffbad", b"x" * 2_000_001])
def test_what_is_no_image_is_refused(sign_in: SignIn, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with (tmp_path / "a.png").open("rb") as file:
        assert sign_in("editor").post("/messages/-/images", {"image": file}).status_code == 400
    assert not list((place.current().data / "images").glob("*") if (place.current().data / "images").exists() else [])


@pytest.mark.parametrize("name", ["..%2Fsecret-key", "secret-key", "a.png"])
def test_no_other_file_is_served(db: None, name: str) -> None:
    assert Client(SERVER_NAME="localhost").get(f"/images/{name}").status_code == 404
