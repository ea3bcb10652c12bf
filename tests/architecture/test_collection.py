"""No test is lost: every file with tests is collected, every test folder is a package, none is skipped."""

from pathlib import Path

from tests.architecture.source import functions, name_of, parsed, python_files

SKIPPING = ("pytest.mark.skip", "pytest.mark.xfail", "pytest.skip(", "pytest.importorskip", "unittest.skip")
BROWSER = Path("tests/api/web")
"""A browser test may skip where no browser is installed, never under CI."""


def _test_files() -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(_tests())]


def _tests() -> Path:
    return Path(__file__).parent.parent


def test_file_is_collected_when_it_has_tests() -> None:
    lost = [
        name_of(path)
        for path in _test_files()
        if not path.name.startswith("test_")
        and any(function.name.startswith("test_") for function in functions(parsed(path)))
        and not _is_contract(path)
    ]
    assert lost == []


def _is_contract(path: Path) -> bool:
    """A contract suite is imported by the files that run it over an implementation."""
    return any(f".{path.stem} import" in other.read_text() for other in path.parent.glob("test_*.py"))


def test_folder_is_a_package_when_it_holds_tests() -> None:
    folders = {path.parent for path in _test_files()}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_no_test_is_skipped_when_it_is_not_about_a_browser() -> None:
    skipping = [
        name_of(path)
        for path in _test_files()
        if path != Path(__file__)
        and BROWSER.as_posix() not in path.as_posix()
        and any(word in path.read_text() for word in SKIPPING)
    ]
    assert skipping == []
