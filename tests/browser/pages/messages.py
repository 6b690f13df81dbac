"""Messages: the gallery, the desk in blocks and in source, its dialogs."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.chromium import Visitor

NAME = "spring-news"


def written(visitor: Visitor) -> None:
    """Make a draft in blocks, once."""
    answer = visitor.page.request.get(f"/messages/{NAME}/")
    if answer.status == 404:
        visitor.go("/messages/")
        visitor.page.click("button.btn-primary[data-dialog=new-template]")
        visitor.page.fill("#title", "Spring news")
        visitor.page.check("input[name=origin][value=news]", force=True)
        visitor.page.click("#new-template .btn-primary")
        visitor.page.wait_for_url(f"**/messages/{NAME}/")


def desk(query: str = "", then: Callable[[Visitor], None] | None = None) -> Callable[[Visitor], None]:
    """Open the draft, and perhaps do something there."""

    def come(visitor: Visitor) -> None:
        written(visitor)
        visitor.go(f"/messages/{NAME}/{query}")
        visitor.page.wait_for_load_state("networkidle")
        if then:
            then(visitor)

    return come


def show(visitor: Visitor) -> None:
    """Bring the preview into view where the screen is narrow."""
    if visitor.width < 992:
        visitor.page.click("[data-show=see]")


def dialog(name: str) -> Callable[[Visitor], None]:
    """Open a dialog."""
    return lambda visitor: visitor.page.locator(f"[data-dialog={name}]:visible").first.click()


def new(visitor: Visitor) -> None:
    """Open the choice of a starter."""
    visitor.go("/messages/")
    visitor.page.click("button.btn-primary[data-dialog=new-template]")


def person(visitor: Visitor) -> None:
    """Open the choice of a person."""
    show(visitor)
    dialog("person")(visitor)


def by_hand(visitor: Visitor) -> None:
    """Begin to write the text part of the first language by hand."""
    part = visitor.page.locator("#text-part")
    if not part.locator("textarea").count():
        part.locator("summary").click()
        part.locator("button").first.click()
        part.locator("textarea").first.wait_for()


def checks(visitor: Visitor) -> None:
    """Have the links asked for and open the source; the spam filter too, where there is one."""
    page = visitor.page
    page.locator("[hx-target='#links-found']").click()
    page.locator("#links-found .checked").first.wait_for()
    if page.locator("[hx-target='#spam-found']").count():
        page.locator("[hx-target='#spam-found']").click()
        page.locator("#spam-found .checked").first.wait_for()
    page.locator("details.check summary").click()
    page.locator("#mail-shown pre").first.wait_for()
    page.locator(".checks").scroll_into_view_if_needed()


PAGES = {
    "list": "/messages/",
    "new": new,
    "desk": desk("?open=b2"),
    "products": desk("?open=b3"),
    "both": desk("?language=both&open=b1"),
    "preview-phone": desk("?device=phone", show),
    "preview-dark": desk("?dark=yes", show),
    "values": desk("", dialog("variables")),
    "person": desk("", person),
    "test": desk("", dialog("test-send")),
    "publish": desk("", dialog("publish")),
    "checks": desk("?language=en", checks),
    "text": desk("?language=both", by_hand),
    "source": "/messages/hello-no-offer/",
}
