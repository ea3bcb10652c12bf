"""Opens the connection pool to PostgreSQL; whoever opens it closes it."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 30.0


def open_engine(database_url: str, *, pool_size: int = 10) -> AsyncEngine:
    """`database_url` as `postgresql://user:password@host:port/name`; the asyncpg driver is added here."""
    address = database_url.replace("postgres://", "postgresql://", 1).replace(
        "postgresql://", "postgresql+asyncpg://", 1
    )
    return create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": COMMAND_TIMEOUT_S,
            "server_settings": {"application_name": "smart-parking", "timezone": "UTC"},
        },
    )
