"""The frame of every report: one HTML text that needs nothing else, with its look and its two languages."""

from collections.abc import Sequence
from html import escape

from pricing.reports.style import STYLE
from pricing.reports.text import both


def document(name: tuple[str, str], title: str, sections: Sequence[str], *, period: tuple[str, str] = ("", "")) -> str:
    """A whole page under one heading; Chinese is seen first, and a reader turns it into English.

    `title` is what the page is about, `period` what it rests on.
    """
    told = f" · {both(*period)}" if period[0] else ""
    switch = '<nav><label for="zh">中文</label> <label for="en">English</label></nav>'
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(' / '.join(name))}: {escape(title)}</title><style>{STYLE}</style></head><body>"
        '<input type="radio" name="language" id="zh" checked><input type="radio" name="language" id="en"><main><header>'
        f'{switch}<div class="quiet">{escape(title)}{told}</div><h1>{both(*name)}</h1></header>'
        f"{''.join(sections)}</main></body></html>\n"
    )
