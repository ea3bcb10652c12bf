"""The outlines of a camera's bays, and what is remembered of the picture on which they were drawn."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class CameraViewRow(Base):
    __tablename__ = "camera_view"

    camera_id: Mapped[str] = mapped_column(ForeignKey("camera.camera_id", ondelete="CASCADE"), primary_key=True)
    outlines: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sight: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Corners of the picture, from which no picture can be made; None until the first frame where none came along."""
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str] = mapped_column(Text)
