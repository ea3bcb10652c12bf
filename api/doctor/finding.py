"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is: `warn` runs, `FAIL` does not, or not safely."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report; `remedy` says what to do where the grade is not ok."""

    grade: Grade
    subject: str
    says: str
    remedy: str = ""

    def line(self) -> str:
        return f"{self.grade:<4}  {self.subject:<12}  {self.says}" + (f"; {self.remedy}" if self.remedy else "")


def ok(subject: str, says: str) -> Finding:
    return Finding(grade=Grade.OK, subject=subject, says=says)


def warn(subject: str, says: str, remedy: str) -> Finding:
    return Finding(grade=Grade.WARN, subject=subject, says=says, remedy=remedy)


def fail(subject: str, says: str, remedy: str) -> Finding:
    return Finding(grade=Grade.FAIL, subject=subject, says=says, remedy=remedy)
