"""Reading the pages of policies."""

import re

from django.test import Client


def shown(client: Client, path: str) -> str:
    """Return the page's text, without tags."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def compared(client: Client, path: str, **fields: object) -> str:
    """Post to a page and return the address of the comparison it leads to."""
    answer = client.post(path, fields)
    assert answer.status_code == 302, answer.text
    return str(answer["Location"])
