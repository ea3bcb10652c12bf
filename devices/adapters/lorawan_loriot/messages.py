"""The messages of LORIOT in its own spelling, as far as we read them.

Source: its pages on the uplink data message and the gateway information message; samples from public receivers. `rx` and
`gw` tell of the same frame: `gw` repeats it with what each gateway heard.
"""

import msgspec


class Gateway(msgspec.Struct, gc=False):
    time: str | None = None
    rssi: float | None = None
    snr: float | None = None


class LoriotMessage(msgspec.Struct, rename={"eui": "EUI", "session_key_id": "sessionKeyId"}):
    """Any message; `cmd` says which."""

    cmd: str
    eui: str
    ts: int | None = None
    """The server's clock, in milliseconds."""
    fcnt: int | None = None
    port: int = 0
    bat: int | None = None
    data: str | None = None
    encdata: str | None = None
    """In place of `data` where the network server has no application key."""
    session_key_id: str | None = None
    rssi: float | None = None
    snr: float | None = None
    gws: list[Gateway] = []
    offline: bool = False
    """Kept while nobody was connected to take it."""
