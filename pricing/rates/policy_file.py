"""The human-writable form of a rate table: a TOML file, read strictly; docs/tariffs.md, "Writing a tariff".

Where a published rule is usually silent, the file must say how it is read: the absence of such a key is a mistake
that asks the question. Every mistake of a file is reported at once, with its line.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from parking.domain.errors import InvalidInputError
from pricing.rates.model import RateTable
from pricing.rates.policy_section import Mistake, Notes, Section
from pricing.rates.policy_table import read_table
from pricing.rates.toml_lines import key_lines

_LINE_OF_SYNTAX: Final = re.compile(r"^(?P<says>.*) \(at line (?P<line>\d+), column \d+\)$")


class PolicyFileError(InvalidInputError):
    """The file is no rate table (`policy_invalid`), or it cannot be read (`policy_unreadable`).

    `mistakes` has all that is wrong; `fields["errors"]` the same for machines: line, key, says.
    """

    code = "policy_invalid"

    def __init__(self, detail: str, *, code: str | None = None, mistakes: Iterable[Mistake] = ()) -> None:
        self.mistakes = tuple(mistakes)
        errors = [{"line": mistake.line, "key": mistake.key, "says": mistake.says} for mistake in self.mistakes]
        super().__init__(detail, code=code, fields={"errors": errors} if errors else None)


def read_policy(path: Path) -> RateTable:
    """Read a policy file; raises `PolicyFileError` with everything that is wrong in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(f"{path}: {error.strerror}", code="policy_unreadable") from error
    return parse_policy(content, name=str(path))


def parse_policy(content: bytes, *, name: str = "policy") -> RateTable:
    """Read a policy from its text (UTF-8); `name` opens every message. Raises as `read_policy`."""
    values, notes = _toml(content, name)
    table = read_table(Section(values, (), notes))
    if notes.mistakes:
        raise _refusal(name, sorted(notes.mistakes, key=lambda mistake: mistake.line or 0))
    return table


def sentence(name: str, mistake: Mistake) -> str:
    """A mistake in one line: file, line, key and what to do."""
    where = name if mistake.line is None else f"{name}:{mistake.line}"
    return f"{where}: {mistake.key}: {mistake.says}" if mistake.key else f"{where}: {mistake.says}"


def _refusal(name: str, mistakes: list[Mistake]) -> PolicyFileError:
    return PolicyFileError("; ".join(sentence(name, mistake) for mistake in mistakes), mistakes=mistakes)


def _toml(content: bytes, name: str) -> tuple[dict[str, Any], Notes]:
    try:
        written = content.decode("utf-8-sig").replace("\r\n", "\n")
        return tomllib.loads(written), Notes(lines=key_lines(written))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(name, [Mistake(line=line, key="", says="is not UTF-8; save the file as UTF-8")]) from error
    except ValueError as error:
        syntax = _LINE_OF_SYNTAX.match(str(error))
        line_or_none = None if syntax is None else int(syntax["line"])
        says = f"is no TOML: {error if syntax is None else syntax['says']}"
        raise _refusal(name, [Mistake(line=line_or_none, key="", says=says)]) from error
    except RecursionError as error:
        raise _refusal(name, [Mistake(line=None, key="", says="is nested too deeply")]) from error
