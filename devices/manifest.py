"""What an adapter says of itself: plain data, read without running the adapter's code paths."""

from dataclasses import dataclass
from typing import Literal

from parking.occupancy.evidence import EvidenceKind, EvidenceSource

Transport = Literal["lorawan", "nbiot", "http", "mqtt"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One device model that a codec understands; `versions` are codec generations, newest last."""

    vendor: str
    model: str
    versions: tuple[str, ...]
    transport: Transport
    kinds: tuple[EvidenceKind, ...]
    heartbeat_s: int
    """Longest time between two messages of a healthy device as the maker states it."""
    battery_empty_v: float | None = None
    """Voltage at which the maker says it stops, for a device that tells its battery in volts; None where nobody says."""
    also: tuple[str, ...] = ()
    """Other names under which the maker, a catalogue or an invoice lists the model."""
    source: EvidenceSource = "geomagnetic"
    """How it comes to its word; what an adapter of cameras reads is a camera whatever stands here."""
    codec: str = "CODEC"
    """Name of the object in the adapter's `codec` that reads this model, where the models of a folder differ."""


@dataclass(frozen=True, kw_only=True)
class PullPlan:
    """How the messages of a camera are fetched: paths at the camera, in which `{channel}` stands for its channel."""

    stream: str
    """Answers without end, in parts."""
    silence_s: float
    """So long the stream of a healthy camera may be quiet."""
    read_back: str = ""
    """Answers what the state of every space is; empty where the maker has none."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One adapter folder: its name, what it is for, and the device profiles it decodes (none for a platform)."""

    name: str
    title: str
    role: Literal["codec", "platform", "camera"]
    transports: tuple[Transport, ...]
    documentation: str
    profiles: tuple[Profile, ...] = ()
    source: str = ""
    """Its name in the address to which it is delivered: `/v1/uplinks/{source}` of a platform, `/v1/cameras/{source}` of a
    camera; a codec has none."""
    topics: tuple[str, ...] = ()
    """For platforms and cameras that publish: the shapes of their MQTT topics, `+` for a level that may be anything,
    `{event}` for the level that names the kind of message, `#` at the end for all below."""
    success: Literal[200, 202] = 202
    """For a platform: the HTTP status that it takes for success."""
    is_signed: bool = False
    """For a platform: it signs what it sends in place of a key; `signing.SIGNING` stands beside its adapter."""
    pull: PullPlan | None = None
    """For a camera that is fetched from as well as heard."""
