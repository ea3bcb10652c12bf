"""The shape of what is forecast for an arrival, for the OpenAPI document."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.public.price_schemas import Amount, PriceNow
from parking.places.model import PlaceKind


class ArrivalForecast(BaseModel):
    """What one kind of place will be like at the instant that `at` asks for. The counts beside it stay those of now.

    Where too little is known for a forecast its numbers are null and `reason` says why; nothing is guessed.
    """

    model_config = ConfigDict(extra="forbid")

    kind: PlaceKind
    at: datetime
    occupancy: float | None = Field(ge=0, le=1, description="Share of the spaces that is expected to be occupied")
    low: float | None = Field(ge=0, le=1, description="`low` to `high` holds the share in four cases of five")
    high: float | None = Field(ge=0, le=1)
    free_space_probability: float | None = Field(
        ge=0, le=1, description="That an ordinary space that may be entered then is free"
    )
    spaces_open: int = Field(ge=0, description="Ordinary spaces that may be entered at that instant")
    spaces_closed: int = Field(ge=0, description="Those that a restriction closes at that instant, as is known now")
    method: Literal["model", "persistence", "last_week"] | None = Field(
        description="The model, or the baseline that it did not beat here in the last two weeks"
    )
    estimated: bool = Field(
        description="From payments and counts by persons, because no sensor knows the place; the interval holds the error of that too"
    )
    estimate_error: float | None = Field(
        description="Mean absolute error of the share in the hours of which an estimate is made; null where sensors counted"
    )
    follows_present: bool = Field(description="Whether the live count entered; it does not where it is not known")
    mean_absolute_errors: dict[str, float] | None = Field(
        description="Of the share, in the last two weeks at the next longer of 30, 60, 120, 240, 480, 1440 and 10080 minutes, by method; "
        "where it is estimated, against the estimates of those weeks"
    )
    made_at: datetime | None
    event: str | None = Field(
        description="The announced event as whose day this one was taken: it is forecast from earlier days of the same event"
    )
    reason: (
        Literal[
            "no_history",
            "too_little_history",
            "forecast_outdated",
            "event_without_history",
            "never_counted",
            "survey_too_small",
            "not_charged_then",
            "closed",
        ]
        | None
    ) = Field(
        description="Why there are no numbers, or that nothing may be entered. Of places that only payments tell of: never counted by a "
        "person, counted too little, or nothing is charged then, and payments tell nothing"
    )
    price: PriceNow | None = Field(description="What a small vehicle is charged at that instant")
    fee: Amount | None = Field(description="Of a stay as long as `for`; null without it or without a price")
