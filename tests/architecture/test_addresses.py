"""The project says what it needs, never where to get it: no index, registry or mirror is named."""

import re

from tests.architecture.source import REPOSITORY, name_of, tracked

REGISTRY = re.compile(r"\b(?:[\w-]+\.)*(?:pypi|npmjs|pythonhosted|npmmirror)\.[a-z]{2,}", re.IGNORECASE)
OPTION = re.compile(r"--(?:extra-)?index-url[ =]|^registry=", re.MULTILINE)
TEXT = frozenset({".py", ".toml", ".lock", ".json", ".md", ".yml", ".yaml", ".js", ".html", ".css", ".mako", ""})


def test_lock_names_hashes_and_no_addresses_when_read() -> None:
    text = (REPOSITORY / "requirements.lock").read_text()
    assert "://" not in text
    requirements = [line for line in text.splitlines() if "==" in line]
    assert requirements
    assert text.count("--hash=sha256:") >= len(requirements)


def test_browser_lock_names_integrity_and_no_addresses_when_read() -> None:
    text = (REPOSITORY / "api" / "web" / "package-lock.json").read_text()
    assert '"integrity"' in text
    assert '"resolved"' not in text


def test_no_file_names_a_registry_when_searched() -> None:
    texts = {name_of(path): path.read_text(errors="replace") for path in tracked() if path.suffix in TEXT}
    naming = {
        name: found.group() for name, text in texts.items() if (found := REGISTRY.search(text) or OPTION.search(text))
    }
    assert naming == {}


def test_nothing_of_third_parties_is_committed_when_listed() -> None:
    vendored = [name_of(path) for path in tracked() if {"vendor", "node_modules"} & set(path.parts)]
    assert vendored == []
