"""The page: headline first, then maps, plots, limits, every price, what was done to the history, and what is not known."""

from html import escape

from pricing.evaluation.report.cells import cells_table, limits_table
from pricing.evaluation.report.doubts import cleaning_told, doubts
from pricing.evaluation.report.experiment import experiment
from pricing.evaluation.report.headline import headline
from pricing.evaluation.report.maps import maps
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.plots import plots
from pricing.evaluation.report.style import STYLE
from pricing.evaluation.report.text import both, heading, paragraph


def page(report: Report) -> str:
    """One HTML text that needs nothing else. Pure; a thousand cells take a tenth of a second."""
    return document(
        ("停车价格提议", "Proposed parking prices"),
        report,
        [
            headline(report),
            heading("地图", "Maps") + where(report),
            heading("图表", "Plots") + plots(report),
            limits_table(report),
            doubts(report),
            experiment(report.estimate),
            cleaning_told(report.cleaning),
            cells_table(report),
        ],
    )


def where(report: Report) -> str:
    """The maps, or that there can be none."""
    return maps(report) or paragraph(
        "区域没有坐标，未画地图。", "The zones have no positions, so there is no map.", "quiet"
    )


def document(name: tuple[str, str], report: Report, sections: list[str]) -> str:
    """A whole page under one heading; Chinese is seen first, and a reader turns it into English."""
    period = f" · {both('测量于', 'measured')} {escape(report.period)}" if report.period else ""
    switch = '<nav><label for="zh">中文</label> <label for="en">English</label></nav>'
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(' / '.join(name))}: {escape(report.title)}</title><style>{STYLE}</style></head><body>"
        '<input type="radio" name="language" id="zh" checked><input type="radio" name="language" id="en"><main><header>'
        f'{switch}<div class="quiet">{escape(report.title)}{period}</div><h1>{both(*name)}</h1></header>'
        f"{''.join(sections)}</main></body></html>\n"
    )
