"""How a route gets what it needs: a part of the container, or the caller behind the key."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.auth.directory import KeyDirectory
from api.auth.model import ApiKey, Scope
from api.container import Container

T = TypeVar("T")

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="sp_<id>_<secret>",
    description="A key made by `parking keys create`; its role decides which paths it opens.",
)


def container_of(request: Request) -> Container:
    container: Container = request.app.state.container
    return container


def provided(kind: type[T]) -> Callable[[Request], T]:
    """Make a dependency that is the process's one part of this type."""

    def part(request: Request) -> T:
        return container_of(request).get(kind)

    return part


def caller(scope: Scope) -> Callable[..., ApiKey]:
    """Make a dependency that is the key of the request, or a refusal when it does not allow `scope`."""

    def key(
        request: Request,
        directory: Annotated[KeyDirectory, Depends(provided(KeyDirectory))],
        _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> ApiKey:
        return directory.authenticate(request.headers.get("authorization"), scope)

    return key
