"""The page: headline first, then maps, plots, limits, every price, what was done to the history, and what is not known."""

from pricing.evaluation.report.cells import cells_table, limits_table
from pricing.evaluation.report.doubts import cleaning_told, doubts
from pricing.evaluation.report.experiment import experiment
from pricing.evaluation.report.headline import headline
from pricing.evaluation.report.maps import maps
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.plots import plots
from pricing.reports.frame import document
from pricing.reports.text import heading, paragraph


def page(report: Report) -> str:
    """One HTML text that needs nothing else. Pure; a thousand cells take a tenth of a second."""
    return document(
        ("停车价格提议", "Proposed parking prices"),
        report.title,
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
        period=period_of(report),
    )


def period_of(report: Report) -> tuple[str, str]:
    """When it was measured, where that is told."""
    return (f"测量于 {report.period}", f"measured {report.period}") if report.period else ("", "")


def where(report: Report) -> str:
    """The maps, or that there can be none."""
    return maps(report) or paragraph(
        "区域没有坐标，未画地图。", "The zones have no positions, so there is no map.", "quiet"
    )
