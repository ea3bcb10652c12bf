"""The shapes of the device paths, for the OpenAPI document; a test holds them against what the decoder takes."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from devices.ingest.decoding import BATCH_LIMIT
from parking.domain.ids import ID_PATTERN
from parking.occupancy.evidence import EvidenceKind


class Reading(BaseModel):
    """What one device says. Times have a zone; unknown fields are refused."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "device": "00137a1000012345",
                    "observed_at": "2026-07-01T08:00:00Z",
                    "status": "occupied",
                    "kind": "change",
                    "sequence": 417,
                }
            ]
        },
    )

    device: str = Field(pattern=ID_PATTERN, description="Id of a registered device")
    observed_at: datetime = Field(description="Device time; not over 120 s ahead of ours, not older than 24 h")
    status: Literal["occupied", "free"] | None = Field(
        default=None, description="null: the device says that it does not know. Required where `kind` speaks of a state"
    )
    kind: EvidenceKind = Field(default="change", description="Only `change` opens or closes a stay by itself")
    sequence: int | None = Field(default=None, ge=0, description="The device's counter, where it has one")
    session: str | None = Field(default=None, description="Names the counting session of `sequence`")
    id: str | None = Field(default=None, description="The sender's own id of this message; finds duplicates")
    confidence: float | None = Field(default=None, ge=0, le=1)
    battery_v: float | None = None
    battery_pct: float | None = None
    temperature_c: float | None = None


class ReadingBatch(BaseModel):
    """Readings of any devices that the key covers."""

    model_config = ConfigDict(extra="forbid")

    readings: list[Reading] = Field(max_length=BATCH_LIMIT)


class RejectedReading(BaseModel):
    """A reading that was not taken, and why; the others of its batch were."""

    model_config = ConfigDict(extra="forbid")

    index: int = Field(description="Place in the batch, from 0")
    code: str
    detail: str


class Report(BaseModel):
    """What became of the batch. 202 means that `accepted` readings are durable."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "accepted": 98,
                    "duplicate": 1,
                    "rejected": [{"index": 7, "code": "unknown_device", "detail": "'x' is not registered"}],
                }
            ]
        },
    )

    accepted: int
    duplicate: int = Field(description="Repeated within the batch or lately; the engine finds the rest")
    rejected: list[RejectedReading]
