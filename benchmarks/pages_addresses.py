"""Which addresses `benchmarks.pages` times beyond the pictured pages: those that pages ask for, link to, or that nothing leads to.

Two addresses are of one kind where the same view answers them, asked for by parameters of the same names: one of each is timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Request
from tests.browser.chromium import Visitor
from tests.browser.pages import Way

JOURNEY = "reactivation-ecommerce"
STATES = ("active", "cooling", "dormant", "very_dormant")
CHANNELS = ("email", "sms", "phone", "postal", "push")
FILTERS = (
    *(f"state={one}" for one in STATES),
    *(f"{kind}={one}" for kind in ("reachable", "permitted") for one in CHANNELS),
    *(f"flag={one}" for one in ("false_inactive", "out_of_target", "unreachable", "mistyped")),
    *(f"sort={one}" for one in ("purchase", "oldest_purchase", "since", "longest")),
    "band=high", "language=en", "segment=dormant-buyers", "policy=ecommerce", "due=1", f"entered={JOURNEY}", "verdict=allow",
    f"entered={JOURNEY}&verdict=allow", "permitted=email&sort=longest", "permitted=postal&sort=purchase", "due=1&sort=since",
    "flag=mistyped&permitted=email", "segment=dormant-buyers&permitted=email&sort=oldest_purchase",
    "q=person4242", "q=nom42", "q=pr%C3%A9nom", "q=nom42&state=dormant",
)  # fmt: skip


def changes(page: str) -> Way:
    """Wait on a page that watches until it asks what changed."""

    def come(visitor: Visitor) -> None:
        with visitor.page.expect_request("**/changes?*", timeout=30_000):
            visitor.go(page)

    return come


def picked(visitor: Visitor) -> None:
    """Look for a person whom a message is to be shown for."""
    page = visitor.go("/messages/hello-no-offer/")
    page.locator("[data-dialog=person]:visible").first.click()
    with page.expect_response("**/messages/-/people?*"):
        page.fill("#who", "person42")


# Pages that no picture is taken of.
FURTHER: dict[str, Way] = {
    **{f"people?{one}": f"/people/?{one}" for one in FILTERS},
    "team-log?q": "/team/log?q=camille", "team-log?q, nobody": "/team/log?q=zzzz",
    "watch-changes": changes("/watch/"), "watch-journey-changes": changes(f"/watch/journeys/{JOURNEY}/"), "messages-person-found": picked,
    **{
        f"watch-messages?{one}": f"/watch/messages/?{one}"
        for one in (
            "state=ready", "state=sent", f"journey={JOURNEY}&state=blocked", "reason=no_consent", f"journey={JOURNEY}&reason=nothing",
            f"journey={JOURNEY}&step=hello", "since=2026-07-20&until=2026-07-27", "state=bounced&since=2026-07-20",
        )
    },
    "segment-size": "/segments/1/size", "gate-30": "/sender/gate/?days=30&purpose=reactivation", "gate-verdicts": "/sender/gate/allow/?days=90&channel=email",
}  # fmt: skip

# Addresses that answer a GET and are not timed.
LEFT_OUT = {
    "health": "a monitor asks for it, no page",
    "click": "a link in a mail: `benchmarks.track`",
    "pixel": "a picture in a mail: `benchmarks.track`",
    "unsubscribe": "a link in a mail: `benchmarks.track`",
    "team:welcome": "before there is an account",
    "segments:named": "leads to the segment's page",
    "launch:report": "a kept text of one rehearsal",
    "setup:rejects": "a file of an import that refused lines; this base has none",
    "setup:sample": "a file that is shipped",
    **dict.fromkeys(
        ("base:learning", "dormancy:progress", "launch:progress", "sender:examining", "setup:progress", "setup:work"),
        "one row, while a piece of work goes on",
    ),
    **dict.fromkeys(
        (
            "account_email", "account_email_verification_sent", "account_inactive", "account_login", "account_logout", "account_set_password",
            "account_reset_password_from_key_done", "account_signup", "mfa_activate_totp", "mfa_authenticate", "mfa_deactivate_totp",
            "mfa_download_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate", "mfa_view_recovery_codes",
        ),
        "of one account, whatever the size of the base",
    ),
}  # fmt: skip

# Each address in the page, and whether what it answers is fetched into the page.
LEADS = """() => [...document.querySelectorAll("a[href], [hx-get]")].flatMap((one) => [
    ...(one.matches("a[href]") ? [[one.getAttribute("href"), false]] : []),
    ...(one.matches("[hx-get]") ? [[one.getAttribute("hx-get"), true]] : []),
])"""


@dataclass
class Met:
    """The addresses that pages asked for and link to: one of each kind, and whether it is a part of a page."""

    visitor: Visitor
    found: dict[str, tuple[str, bool]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    acts: dict[str, float] = field(default_factory=dict)  # seconds of what is no GET, the slowest time each

    def __post_init__(self) -> None:
        """Listen to the visitor's page."""
        self.visitor.page.on("requestfinished", self._asked)

    def note(self, path: str, *, part: bool = False) -> None:
        """Note an address; the first of its kind stays."""
        if name := kind_of(path):
            self.found.setdefault(name, (path, part))

    def look(self) -> None:
        """Note where the page in view leads: its links, and what a click fetches into it."""
        with suppress(PlaywrightError):  # it renews itself just now, and is looked at again once it is timed
            for path, part in self.visitor.page.evaluate(LEADS):
                whole = urljoin(self.visitor.page.url, path)
                if whole.startswith(self.visitor.site.url):
                    self.note(whole.removeprefix(self.visitor.site.url), part=part)

    def rest(self) -> Iterator[tuple[str, str, bool]]:
        """Yield the kinds not timed yet, with those that timing them brings to light: kind, address, whether a part of a page."""
        while left := self.found.keys() - self.known:
            for name in sorted(left):
                self.known.add(name)
                yield name, *self.found[name]

    def _asked(self, request: Request) -> None:
        path = request.url.removeprefix(self.visitor.site.url)
        if not path.startswith("/") or not (name := kind_of(path)):
            return
        if request.method == "GET":
            page = request.is_navigation_request() and request.frame == self.visitor.page.main_frame
            self.note(path, part=not page)
        else:
            seconds = (request.timing["responseEnd"] - request.timing["requestStart"]) / 1000
            self.acts[name] = max(self.acts.get(name, 0.0), round(seconds, 3))


def kind_of(path: str) -> str:
    """Return which view answers an address, and what it is asked by; "" where none does."""
    parts = urlsplit(path)
    try:
        view = resolve(parts.path).view_name
    except Resolver404:
        return ""
    asked = ",".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{view}?{asked}" if asked else view


def unmet(visitor: Visitor, kinds: set[str]) -> list[str]:
    """Return the named addresses that answer a GET, of which no kind was timed, and which are not left out either."""
    timed = {one.partition("?")[0] for one in kinds} | LEFT_OUT.keys()
    rest = {name: path for name, path in named(get_resolver().url_patterns) if name not in timed}
    return sorted(name for name, path in rest.items() if visitor.context.request.get(path).status != 405)


GIVEN = {"int": 1, "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def named(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name of each pattern, after its space, and an address that it answers."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from named(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
        elif one.name:
            words = {
                name: GIVEN[type(of).__name__.removesuffix("Converter").lower().replace("string", "str")]
                for name, of in one.pattern.converters.items()
            }
            regex = dict.fromkeys(getattr(getattr(one.pattern, "regex", None), "groupindex", {}), "x")
            yield f"{space}{one.name}", reverse(f"{space}{one.name}", kwargs=words or regex)
