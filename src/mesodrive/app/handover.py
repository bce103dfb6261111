"""What a client hands to the control process it starts: over a pipe, never by argument."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final

HANDOVER_BYTES_MAX: Final = 64 << 20
"""A plan of the largest size has well under 4 MB; a begin record is bounded by 16 MiB."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Everything that the control process needs; it asks nobody else."""

    authkey: str
    """Hexadecimal key that a client must prove to know; drawn for this session."""
    address: str
    """Where clients connect: a socket's path, or a pipe's name on Windows."""
    diagnostics: str
    """Folder of the diagnostic log."""
    port: str
    """As the operator named it."""
    baud: int | None
    logs: str
    """Folder of the session log."""
    keys: str
    """Folder of pairing keys."""
    spec: dict[str, Any]
    """The session specification as plain JSON."""
    profile_yaml: str
    profile_file_hash: str
    plan_yaml: str
    plan_file_hash: str
    layout: list[list[list[int]]]
    """By zone, the points in order, each (x, y) in micrometres."""
    typed: dict[str, Any]
    """What was typed beside the plan and changes it: treatment id, reasons."""
    earlier: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Sessions of the same treatment before it, as the begin record holds them."""
    resumes: str = ""
    """Path of the log that the session goes on from; empty where there is none."""

    def to_bytes(self) -> bytes:
        """Return the handover as JSON."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @staticmethod
    def from_bytes(data: bytes) -> "Handover":
        """Read a handover.

        Raises:
            ValueError: If it is no JSON object.
            TypeError: If a field is missing or unknown.
        """
        return Handover(**json.loads(data))
