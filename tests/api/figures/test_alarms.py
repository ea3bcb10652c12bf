"""Every alarm stands on figures that there are, says what it is in both languages, and has its page; no page is without an alarm."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.figures.documented import documented

NAME = re.compile(r"\b(?:parking|process)_[a-z_]+\b")
PARTS_OF_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PAGE = re.compile(r"^### (\w+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
OF_A_PAGE = ("Means", "Users see", "Look at", "Do", "Over when")


@pytest.fixture(scope="module")
def alarms(repository: Path) -> list[dict[str, Any]]:
    read = yaml.safe_load((repository / "docs" / "alarms" / "parking.rules.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def pages(repository: Path) -> dict[str, str]:
    return dict(PAGE.findall((repository / "docs" / "runbook.md").read_text(encoding="utf-8")))


def test_figures_of_every_alarm_are_documented_when_read(alarms: list[dict[str, Any]], repository: Path) -> None:
    known = documented(repository)
    for alarm in alarms:
        names = {PARTS_OF_HISTOGRAM.sub("", name) for name in NAME.findall(alarm["expr"])}
        assert names <= known, alarm["alert"]
        assert names or alarm["expr"].startswith("up{")
        assert re.fullmatch(r"\d+[smh]", alarm["for"])
        assert alarm["labels"]["severity"] in {"info", "warning", "critical"}


def test_every_alarm_has_a_page_and_every_page_an_alarm_when_read(
    alarms: list[dict[str, Any]], pages: dict[str, str]
) -> None:
    assert [alarm["alert"] for alarm in alarms] == list(pages)
    for alarm in alarms:
        said = alarm["annotations"]
        assert said["runbook"] == f"docs/runbook.md#{alarm['alert'].lower()}"
        assert CHINESE.search(said["summary_zh"])
        assert not CHINESE.search(said["summary"])
        page = pages[alarm["alert"]]
        assert said["summary_zh"] in page
        for part in OF_A_PAGE:
            assert re.search(rf"^- \*\*{part}:\*\* \S", page, re.MULTILINE), (alarm["alert"], part)


def test_pages_lead_to_pages_and_documents_that_there_are(repository: Path, pages: dict[str, str]) -> None:
    for page in pages.values():
        for link in re.findall(r"\]\(([^)]+)\)", page):
            file, _, anchor = link.partition("#")
            if file:
                assert (repository / "docs" / file).is_file(), link
            elif anchor:
                assert anchor in {name.lower() for name in pages}, link
