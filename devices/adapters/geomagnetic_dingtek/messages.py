"""The frames of Dingtek parking sensors in the maker's words, byte for byte, and their commands.

Source: TheThingsNetwork/lorawan-devices `vendor/dingtek` (`do200.js`, `do201.js` @4bb8330d, `do200-codec.yaml`,
`do201-codec.yaml`, `do202-codec.yaml`). A frame is 0x80, a reserved byte, the model, the kind, its own length, the body
and 0x81. A command is text: the hexadecimal digits of 0x80, 02, a password, option and value, 0x81, as ASCII.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PORT: Final = 3
HEAD: Final = 0x80
TAIL: Final = 0x81
PARAMETERS: Final = 0x03
FIELD_AT: Final = 11
REPORTS: Final = (0x01, 0x02)
"""Kind byte of a report. Neither source says what tells the two apart, and both examples are called a telemetry upload."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One parameter that can be set: its option number, its range, and how many hexadecimal digits its value has."""

    option: int
    low: int
    high: int
    digits: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """What differs between the models."""

    name: str
    byte: int
    report_length: int
    parameter_length: int
    has_level: bool
    has_climate: bool
    """Temperature and humidity stand behind the field, and the counter behind those."""
    password: str
    commands: Mapping[str, Command]


_UPLOAD_INTERVAL: Final = Command(option=0x01, low=1, high=168)
_BATTERY_THRESHOLD: Final = Command(option=0x05, low=5, high=99)
_ULTRASONIC_INTERVAL: Final = Command(option=0x03, low=1, high=60)

DO200: Final = Model(
    name="DO200",
    byte=0x02,
    report_length=21,
    parameter_length=17,
    has_level=True,
    has_climate=False,
    password="8888",  # noqa: S106 - the maker's fixed marker, printed in every public example
    commands={
        "uploadInterval": _UPLOAD_INTERVAL,
        "magThreshold": Command(option=0x02, low=1, high=255),
        # The maker's encoder and decoder spell this one differently.
        "ultraDetectInterval": _ULTRASONIC_INTERVAL,
        "ultraDetectionInterval": _ULTRASONIC_INTERVAL,
        "magDetectInterval": Command(option=0x04, low=1, high=60),
        "batteryThreshold": _BATTERY_THRESHOLD,
    },
)

_COMMANDS_202: Final[Mapping[str, Command]] = {
    "uploadInterval": _UPLOAD_INTERVAL,
    "detectInterval": Command(option=0x08, low=1, high=60),
    "magnetThreshold": Command(option=0x0F, low=1, high=65_535, digits=4),
    "batteryThreshold": _BATTERY_THRESHOLD,
}

DO201: Final = Model(
    name="DO201",
    byte=0x31,
    report_length=23,
    parameter_length=16,
    has_level=True,
    has_climate=True,
    password="9999",  # noqa: S106 - as above
    commands={**_COMMANDS_202, "levelThreshold": Command(option=0x02, low=15, high=255)},
)

DO202: Final = Model(
    name="DO202",
    byte=0x32,
    report_length=23,
    parameter_length=16,
    has_level=False,
    has_climate=True,
    password="9999",  # noqa: S106 - as above
    commands=_COMMANDS_202,
)


def parameters(payload: bytes, model: Model) -> dict[str, object]:
    """How the device says it is set, in the names of its commands."""
    said: dict[str, object] = {"firmware": f"{payload[5]}.{payload[6]}", "uploadInterval": payload[7]}
    if model.byte == DO200.byte:
        return {
            **said,
            "ultraDetectInterval": payload[8],
            "magDetectInterval": payload[9],
            "magThreshold": payload[12] << 8 | payload[13],
        }
    said["detectInterval"] = payload[8]
    if model.has_level:
        said["levelThreshold"] = payload[9]
    return {**said, "magnetThreshold": payload[10] << 8 | payload[11], "batteryThreshold": payload[12]}


def command_text(model: Model, command: Command, value: int) -> bytes:
    """The command as it is sent: every byte of it is the code of a hexadecimal digit."""
    return f"8002{model.password}{command.option:02X}{value:0{command.digits}X}81".encode("ascii")
