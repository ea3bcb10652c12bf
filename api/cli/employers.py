"""The two options with which commands are told whom the holder of an account or key works for."""

from collections.abc import Callable
from typing import TypeVar

import click

from api.auth.model import CITY, Employer
from parking.domain.errors import InvalidInputError

F = TypeVar("F", bound=Callable[..., None])


def works_for(command: F) -> F:
    """Add `--city` and `--operator`; `named_employer` reads them."""
    company = click.option("--operator", help="It works for this operating company and sees that company's money only.")
    own = click.option("--city", is_flag=True, help="It works for the city, or for its district.")
    return own(company(command))


def named_employer(*, city: bool, operator: str | None) -> Employer | None:
    """None where neither was said. Raises `InvalidInputError` (`employer_contradicts`) where both were."""
    if city and operator is not None:
        raise InvalidInputError("it works for the city or for a company, not for both", code="employer_contradicts")
    return CITY if city else None if operator is None else Employer(operator)


def spoken_employer(employer: Employer | None) -> str:
    """For lists."""
    if employer is None:
        return "employer unknown"
    return "the city" if employer == CITY else f"company {employer.operator_id}"
