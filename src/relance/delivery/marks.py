"""What a mail holds beside what its reader sees: a link for machines only, and an image where openings may be told of."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from relance.delivery import tokens


def marked(page: str, message_id: int, uuid: UUID, *, trap: bool, pixel: bool) -> str:
    """Return the HTML with its marks before the end of the body.

    The link is hidden from eyes, screen readers and the keyboard alike: who follows it reads the source.
    """
    marks = ""
    if trap and settings.RELANCE.trap_link:
        address = f"{tokens.site()}/c/{tokens.click(message_id, uuid, tokens.TRAP)}"
        marks += f'<a href="{address}" aria-hidden="true" tabindex="-1" style="display:none"></a>'
    if pixel:
        address = f"{tokens.site()}/o/{tokens.pixel(message_id, uuid)}"
        marks += f'<img src="{address}" alt="" width="1" height="1" style="border:0">'
    before, end, after = page.rpartition("</body>")
    return f"{before}{marks}{end}{after}" if end else page + marks
