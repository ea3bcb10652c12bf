"""Which city modules are switched on, and how they are set up."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class CityModuleRow(Base):
    """A module that a host has once met, or that somebody switched; removed modules stay, switched off."""

    __tablename__ = "city_module"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    enabled: Mapped[bool]
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What differs from the defaults of the module's own schema."""
    changed_at: Mapped[datetime]
