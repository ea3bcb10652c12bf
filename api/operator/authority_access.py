"""Evidence and cases are for the staff of the city or of a district: a company that runs spaces is a party, not a judge."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from api.auth.accounts.model import Caller, CallerRole
from api.deps import require_role
from api.operator.recovery_access import check_person


def authority_role(*roles: CallerRole) -> Callable[..., Awaitable[Caller]]:
    """Make a dependency that is the caller when it has one of `roles` and works for the city or a district.

    Otherwise it raises `ForbiddenError` (`role_missing`, `authority_only`).
    """

    async def checked(caller: Annotated[Caller, Depends(require_role(*roles))]) -> Caller:
        caller.check_authority()
        return caller

    return checked


def authority_person(*roles: CallerRole) -> Callable[..., Awaitable[Caller]]:
    """As `authority_role`, and a key is refused (`person_needed`): what is decided or seen here a person answers for."""

    async def checked(caller: Annotated[Caller, Depends(authority_role(*roles))]) -> Caller:
        check_person(caller)
        return caller

    return checked


Reader = Annotated[Caller, Depends(authority_role("operator", "approver", "admin"))]
Person = Annotated[Caller, Depends(authority_person("operator", "approver"))]
Second = Annotated[Caller, Depends(authority_person("approver"))]
"""The second of two persons."""
