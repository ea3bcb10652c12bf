"""Whose money a caller may see: the staff of the city or of a district theirs, an operating company's its own, others none."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from api.auth.accounts.model import Caller, CallerRole
from api.auth.model import ForbiddenError
from api.deps import require_role
from pricing.reconciliation.differences import Scope


def scope_of(caller: Caller) -> Scope:
    """Raise `ForbiddenError` (`employer_unknown`) for an account or key of which nobody has said whom it works for."""
    if caller.employer is None:
        raise ForbiddenError(
            "nobody has said whom this account or key works for; an administrator says it", code="employer_unknown"
        )
    return Scope(district_id=caller.district_id, operator_id=caller.employer.operator_id)


def money_role(*roles: CallerRole) -> Callable[..., Awaitable[Caller]]:
    """Make a dependency that is the caller when it has one of `roles` and an employer, so that no route forgets to ask."""

    async def checked(caller: Annotated[Caller, Depends(require_role(*roles))]) -> Caller:
        scope_of(caller)
        return caller

    return checked
