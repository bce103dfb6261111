"""Ask a port who is there: HELLO until an IDENTITY comes, and nothing else is ever sent."""

import select
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mesodrive.clock import Clock
from mesodrive.profile_store import list_profiles, load_profile
from mesodrive.transport.errors import PortSilentError
from mesodrive.transport.registry import open_port
from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.enums import Caps
from mesodrive_protocol.messages import Hello, Identity

ASK_NS: Final = 250_000_000
"""A board that opening has reset answers late: ask again so often."""

WAIT_NS: Final = 5_000_000_000
"""LNK-05: wait at most so long for the first word."""


@dataclass(frozen=True, slots=True)
class Probed:
    """Who answered.

    Attributes:
        profiles: Names of known profiles with exactly the device's limits and timing.
    """

    vendor: str
    model: str
    serial: str
    simulated: bool
    profile_hash: str
    profiles: tuple[str, ...]


def probe(url: str, baud: int | None, clock: Clock, profiles_dir: Path | None) -> Probed:
    """Open a port, ask who is there, close it.

    Raises:
        PortError: If it can't be opened, or nobody says who they are within 5 s.
    """
    port = open_port(url, baud)
    try:
        decoder = FrameDecoder()
        end_ns = clock.now_ns() + WAIT_NS
        ask_ns = 0
        while (now_ns := clock.now_ns()) < end_ns:
            if now_ns >= ask_ns:
                port.write(encode(Hello(1, 0, 0)))
                ask_ns = now_ns + ASK_NS
            if select.select([port], [], [], max(0, ask_ns - now_ns) / 1e9)[0]:
                for message in decoder.feed(port.read()):
                    if isinstance(message, Identity):
                        return _probed(message, profiles_dir)
        raise PortSilentError(url)
    finally:
        port.close()


def _probed(identity: Identity, profiles_dir: Path | None) -> Probed:
    fitting = tuple(
        name
        for name in list_profiles(profiles_dir)
        if load_profile(name, user_folder=profiles_dir).canonical_hash == identity.profile
    )
    return Probed(
        vendor=_text(identity.vendor),
        model=_text(identity.model),
        serial=_text(identity.serial),
        simulated=bool(identity.caps & Caps.SIMULATED),
        profile_hash=identity.profile.hex(),
        profiles=fitting,
    )


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode("ascii", "replace")
