"""Blocks written as MJML, for one language: the only place that knows how a block looks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

from relance.content.blocks import WIDTH, Block, Button, Divider, Footer, Heading, Image, Item, Look, Products, Prose
from relance.content.mjml import Liquid

SANS = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
SERIF = "Georgia, 'Times New Roman', serif"
CHOOSE = {"fr": "Choisir ce que je reçois", "en": "Choose what I receive"}
LEAVE = {"fr": "Me désabonner", "en": "Unsubscribe"}
YOURS = {"fr": ("Votre commande", "Quantité"), "en": ("Your order", "Quantity")}
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)")
_BOLD, _ITALIC = re.compile(r"\*\*(.+?)\*\*", re.DOTALL), re.compile(r"(?<![*\w])\*([^*\n]+?)\*(?![*\w])")

HEAD = """<mjml>
  <mj-head>
    <mj-title>{{{{ shop.name }}}}</mj-title>
    <mj-attributes>
      <mj-all font-family="{sans}" />
      <mj-text color="#2b2f33" font-size="16px" line-height="26px" padding="0" />
      <mj-section background-color="#ffffff" padding="0 40px" css-class="card" />
      <mj-column padding="0" />
      <mj-button font-size="16px" font-weight="600" line-height="20px" inner-padding="14px 28px" border-radius="6px" padding="0" />
      <mj-image padding="0" />
    </mj-attributes>
    <mj-style>
      @media (max-width: 480px) {{
        .card > table > tbody > tr > td, .foot > table > tbody > tr > td {{
          padding-left: 24px !important; padding-right: 24px !important;
        }}
        .title div {{ font-size: 26px !important; line-height: 33px !important; }}
      }}
      @media (prefers-color-scheme: dark) {{
        body, .page, .foot, .foot > table {{ background: #15181a !important; }}
        .card, .card > table {{ background: #1f2326 !important; }}
        .card div, .card td, .card li, .card a {{ color: #e9e6e0 !important; }}
        .title div {{ color: #ffffff !important; }}
        .foot div, .foot a {{ color: #a3a7aa !important; }}
        .line p, .goods td {{ border-color: #3a4044 !important; }}
        .button td, .button a {{ background: {light} !important; color: #10201c !important; }}
        .second td, .second a {{ background: #1f2326 !important; color: #e9e6e0 !important; border-color: #777d82 !important; }}
      }}
    </mj-style>
    <mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" content="light dark" /></mj-raw>
  </mj-head>
  <mj-body background-color="{page}" width="600px" css-class="page">
"""
SECTION = """    <mj-section padding="{padding}" css-class="card block-{name}">
      <mj-column>
{inside}
      </mj-column>
    </mj-section>
"""
FOOT = """    <mj-section background-color="{page}" padding="22px 40px 40px" css-class="foot block-{name}">
      <mj-column>
        <mj-text color="#5f6468" font-size="13px" line-height="20px">
          {words}{{{{ shop.name }}}}{{% if shop.postal_address %}}, {{{{ shop.postal_address }}}}{{% endif %}}<br />
          <a href="{{{{ preferences_url }}}}" style="color:#5f6468;text-decoration:underline;">{choose}</a> ·
          <a href="{{{{ unsubscribe_url }}}}" style="color:#5f6468;text-decoration:underline;">{leave}</a>
        </mj-text>
      </mj-column>
    </mj-section>
"""
MASTHEAD = """    <mj-section background-color="{page}" padding="28px 40px 18px" css-class="foot">
      <mj-column>
        <mj-text color="{accent}" font-family="{face}" font-size="18px" line-height="24px" letter-spacing="1px">
          {{{{ shop.name }}}}
        </mj-text>
      </mj-column>
    </mj-section>
"""


def mjml(blocks: Sequence[Block], look: Look, language: str) -> str:
    """Return the whole message as MJML."""
    return "".join(chunk for _, chunk in _chunks(blocks, look, language))


def position_of(line: int, blocks: Sequence[Block], look: Look, language: str) -> int | None:
    """Return the position of the block that a line (from 1) of the MJML comes from."""
    reached = 0
    for position, chunk in _chunks(blocks, look, language):
        reached += chunk.count("\n")
        if line <= reached:
            return position
    return None


def rich(text: str, accent: str) -> str:
    """Return light markup as HTML, paragraph by paragraph; Liquid stays as it is."""
    kept = Liquid()
    words = html.escape(kept.take_out(text.strip()), quote=False)
    words = _LINK.sub(
        lambda link: f'<a href="{html.escape(html.unescape(link[2]))}" style="color:{accent};">{link[1]}</a>', words
    )
    words = _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", words))
    paragraphs = [part for part in re.split(r"\n\s*\n", words) if part.strip()]
    last = len(paragraphs) - 1
    return kept.put_back("".join(_paragraph(part, 0 if at == last else 18) for at, part in enumerate(paragraphs)))


def readable_on(colour: str) -> str:
    """Return black or white, whichever stands out more on the colour (WCAG 2 relative luminance)."""
    return "#ffffff" if 1.05 / (_luminance(colour) + 0.05) >= (_luminance(colour) + 0.05) / 0.05 else "#10151a"


def _chunks(blocks: Sequence[Block], look: Look, language: str) -> list[tuple[int | None, str]]:
    """Return the MJML in pieces, each with the position of its block."""
    face = SERIF if look.headings == "serif" else SANS
    head = HEAD.format(sans=SANS, page=look.page, light=_lightened(look.accent))
    if look.masthead:
        head += MASTHEAD.format(page=look.page, accent=look.accent, face=face)
    body = [position for position, block in enumerate(blocks) if not isinstance(block, Footer)]
    written = [
        (position, _one(block, look, language, _padding(position, body))) for position, block in enumerate(blocks)
    ]
    return [(None, head), *written, (None, "  </mj-body>\n</mjml>\n")]


def _padding(position: int, body: Sequence[int]) -> str:
    top = 36 if body and position == body[0] else 0
    return f"{top}px 40px {36 if body and position == body[-1] else 22}px"


def _one(block: Block, look: Look, language: str, padding: str) -> str:
    name = block.id or "x"
    if isinstance(block, Footer):
        words = rich(block.words.say(language), "#5f6468")
        return FOOT.format(page=look.page, name=name, words=words, choose=CHOOSE[language], leave=LEAVE[language])
    return SECTION.format(padding=padding, name=name, inside=WRITERS[type(block)](block, look, language))


def _heading(block: Heading, look: Look, language: str) -> str:
    face = SERIF if look.headings == "serif" else SANS
    size = f'color="#1c2023" font-family="{face}" font-size="30px" line-height="38px" align="{block.align}" css-class="title"'
    return (
        f'        <mj-text {size}><h1 style="margin:0;font:inherit;">{_plain(block.words.say(language))}</h1></mj-text>'
    )


def _prose(block: Prose, look: Look, language: str) -> str:
    size = ' color="#5f6468" font-size="13px" line-height="20px"' if block.small else ""
    return f'        <mj-text align="{block.align}"{size}>{rich(block.words.say(language), look.accent)}</mj-text>'


def _image(block: Image, look: Look, language: str) -> str:
    if not block.src.strip():
        return '        <mj-spacer height="40px" />'  # nothing chosen yet
    alt = "" if block.decorative else block.alt.say(language)
    size = f'width="{block.width}px" align="{block.align}"'
    href = block.href.lead(language)
    link = f' href="{_quoted(href)}"' if href else ""
    return f'        <mj-image src="{_quoted(block.src.strip())}" alt="{_quoted(alt)}" {size}{link} />'


def _button(block: Button, look: Look, language: str) -> str:
    full, thin = (
        f'background-color="{look.accent}" color="{readable_on(look.accent)}"',
        'background-color="#ffffff" color="#2b2f33"',
    )
    colours = (
        f'{thin} border="1px solid #8b8f93" css-class="second"' if block.outlined else f'{full} css-class="button"'
    )
    href, words = _quoted(block.href.lead(language)), _plain(block.words.say(language))
    return f'        <mj-button href="{href}" align="{block.align}" {colours}>{words}</mj-button>'


def _divider(block: Divider, look: Look, language: str) -> str:
    if not block.line:
        return f'        <mj-spacer height="{block.space}px" />'
    half = block.space // 2
    return f'        <mj-divider border-color="#e6e2da" border-width="1px" padding="{half}px 0" css-class="line" />'


def _products(block: Products, look: Look, language: str) -> str:
    rows = (
        _ordered(language) if block.source == "last_order" else "".join(_item(i, look, language) for i in block.items)
    )
    size = 'css-class="goods" padding="0" font-size="16px" line-height="24px" color="#2b2f33"'
    table = f"        <mj-table {size}>\n{rows}        </mj-table>"
    if block.source == "list":
        return table
    return f"        {{% if last_order.lines.size > 0 %}}\n{table}\n        {{% endif %}}"


def _ordered(language: str) -> str:
    """Return the rows of the person's last order; without one the block is not there."""
    cell = "padding:0 0 8px;font-size:13px;line-height:20px;border-bottom:1px solid #e6e2da;"
    good, count = YOURS[language]
    line = "padding:14px 12px 14px 0;border-bottom:1px solid #e6e2da;"
    return (
        f'          <tr><td style="{cell}">{good}</td><td style="{cell}text-align:right;">{count}</td></tr>\n'
        "          {% for line in last_order.lines limit: 4 %}\n"
        f'          <tr><td style="{line}">{{{{ line.name | default: line.product }}}}</td>'
        f'<td style="{line}text-align:right;white-space:nowrap;">×&nbsp;{{{{ line.quantity }}}}</td></tr>\n'
        "          {% endfor %}\n"
    )


def _item(item: Item, look: Look, language: str) -> str:
    line = "padding:14px 12px 14px 0;border-bottom:1px solid #e6e2da;"
    name, href = _plain(item.name.say(language)), item.href.lead(language)
    words = f'<a href="{_quoted(href)}" style="color:{look.accent};">{name}</a>' if href else name
    image = (
        f'<img src="{_quoted(item.src)}" alt="" width="72" style="display:block;border-radius:4px;" />'
        if item.src
        else ""
    )
    picture = f'<td width="84" style="{line}">{image}</td>' if image else ""
    wide = "" if image else ' colspan="2"'
    price = f'<td style="{line}text-align:right;white-space:nowrap;">{_plain(item.price.say(language))}</td>'
    return f'          <tr>{picture}<td{wide} style="{line}">{words}</td>{price}</tr>\n'


WRITERS: dict[type[Any], Callable[[Any, Look, str], str]] = {
    Heading: _heading,
    Prose: _prose,
    Image: _image,
    Button: _button,
    Products: _products,
    Divider: _divider,
}
assert WIDTH == 600 - 2 * 40  # what the sections' padding leaves


def _paragraph(text: str, below: int) -> str:
    lines = [line.strip() for line in text.strip().split("\n")]
    if all(line.startswith("- ") for line in lines):
        items = "".join(f"<li>{line[2:]}</li>" for line in lines)
        return f'<ul style="margin:0 0 {below}px;padding-left:20px;">{items}</ul>'
    return f'<p style="margin:0 0 {below}px;">{"<br />".join(lines)}</p>'


def _plain(text: str) -> str:
    """Return words for the inside of an element; Liquid stays as it is."""
    kept = Liquid()
    return kept.put_back(html.escape(kept.take_out(" ".join(text.split())), quote=False))


def _quoted(text: str) -> str:
    """Return words for an attribute; Liquid stays as it is."""
    kept = Liquid()
    return kept.put_back(html.escape(kept.take_out(html.unescape(text))))


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightened(colour: str) -> str:
    """Return a light tone of the colour, for buttons on a dark ground."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (255 - part) * 0.6):02x}" for part in parts)
