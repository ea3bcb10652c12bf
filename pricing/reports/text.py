"""Text in Chinese and English side by side, of which the reader sees one; numbers as people write them."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

MINOR: Final = 100


def both(chinese: str, english: str) -> str:
    """HTML of a text in either language; what is the same in both is said once."""
    if chinese == english:
        return escape(chinese)
    return f'<span class="zh" lang="zh">{escape(chinese)}</span><span class="en" lang="en">{escape(english)}</span>'


def paragraph(chinese: str, english: str, kind: str = "") -> str:
    return f"<p{_class(kind)}>{both(chinese, english)}</p>"


def heading(chinese: str, english: str) -> str:
    return f"<h2>{both(chinese, english)}</h2>"


def table(columns: Iterable[tuple[str, str]], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Columns are texts, cells are HTML."""
    head = "".join(f'<th scope="col">{both(*column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table{_class(kind)}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(caption: tuple[str, str], drawing: str, told: tuple[str, str] = ("", "")) -> str:
    """`told` says how to read it."""
    note = f"<p>{both(*told)}</p>" if told[0] else ""
    return f"<figure><figcaption><b>{both(*caption)}</b>{note}</figcaption>{drawing}</figure>"


def card(name: tuple[str, str], shown: str, told: tuple[str, str]) -> str:
    """A figure with what it is above and what it means below."""
    return f'<div class="card"><small>{both(*name)}</small><b>{shown}</b><small>{both(*told)}</small></div>'


def cards(*each: str) -> str:
    return f'<div class="cards">{"".join(each)}</div>'


def price(minor: float) -> str:
    return f"{minor / MINOR:,.2f}"


def signed_price(minor: float) -> str:
    """`0.00` without a sign for no change."""
    text = f"{abs(minor) / MINOR:,.2f}"
    return text if round(minor) == 0 else f"{'+' if minor > 0 else '−'}{text}"


def amount(minor: float) -> str:
    """Whole units: a sum over a period is not known to its cents."""
    return f"{minor / MINOR:,.0f}"


def percent(share: float, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f}%"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
