"""What the door did with the readings of devices that a person follows."""

from collections.abc import Sequence

from devices.ingest.parcel import Parcel
from parking.occupancy.evidence import Observation
from parking.occupancy.followed import Followed


def tell_of_door(followed: Followed, parcels: Sequence[Parcel], fresh: Sequence[Observation]) -> None:
    """`fresh` are those that were appended: the others of the same parcels had been brought before."""
    appended = {id(observation) for observation in fresh if observation.device_id in followed.devices}
    for parcel in parcels:
        through = "generic-json" if parcel.raw is None else parcel.raw.source
        for observation in parcel.observations:
            if observation.device_id in followed.devices:
                became = "durable" if id(observation) in appended else "duplicate"
                followed.tell("door", observation.device_id, observation.observed_at, adapter=through, outcome=became)
        for outcome in () if parcel.raw is None else parcel.raw.outcomes:
            if outcome.code is not None and outcome.device_id in followed.devices:
                followed.tell(
                    "door", outcome.device_id or "", None, adapter=through, outcome=outcome.kind, code=outcome.code
                )
