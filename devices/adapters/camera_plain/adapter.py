"""Turns one look into sightings: a restatement of each bay, or a fault of each where the view is bad."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import msgspec

from devices.adapters.camera_plain.messages import BayLook, Look
from devices.ports import PayloadError, Sighting

_look: Final = msgspec.json.Decoder(Look)


class Plain:
    """A look says what the state is and never that it changed: the program compares nothing with what it saw before."""

    def parse(
        self, body: bytes, *, media_type: str = "", zone: tzinfo | None = None, event: str = ""
    ) -> Sequence[Sighting]:
        del media_type, zone, event
        try:
            look = _look.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise PayloadError(f"not a look through a plain camera: {' '.join(str(error).split())[:200]}") from error
        return [_sighting(look, bay) for bay in look.bays]


def _sighting(look: Look, bay: BayLook) -> Sighting:
    if look.fault is not None:
        return Sighting(kind="fault", bay=bay.bay, observed_at=look.observed_at, fault=look.fault)
    return Sighting(
        kind="restate", bay=bay.bay, observed_at=look.observed_at, status=bay.status, confidence=bay.confidence
    )


CAMERA = Plain()
