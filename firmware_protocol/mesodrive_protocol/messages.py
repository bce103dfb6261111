"""Every message by name, and the unions that type checkers see exhausted.

Codec, tables in PROTOCOL.md and the C header are derived from the declarations in
`host_messages` and `device_messages`.
"""

from mesodrive_protocol.device_messages import (
    AccountIs,
    Answer,
    Identity,
    LimitsAre,
    Record,
    Status,
    Trace,
)
from mesodrive_protocol.host_messages import (
    Account,
    Ack,
    Arm,
    Begin,
    Clear,
    Close,
    Commit,
    Data,
    Fetch,
    Fit,
    Grant,
    Hello,
    Key,
    Limits,
    Narrow,
    Off,
    Open,
    Pause,
    Poll,
    Selftest,
    Stop,
    Update,
)

__all__ = [
    "Account",
    "AccountIs",
    "Ack",
    "Answer",
    "Arm",
    "Begin",
    "Clear",
    "Close",
    "Commit",
    "Data",
    "DeviceMessage",
    "Fetch",
    "Fit",
    "Grant",
    "Hello",
    "HostMessage",
    "Identity",
    "Key",
    "Limits",
    "LimitsAre",
    "Message",
    "Narrow",
    "Off",
    "Open",
    "Pause",
    "Poll",
    "Record",
    "Selftest",
    "Status",
    "Stop",
    "Trace",
    "Update",
]

HostMessage = (
    Hello | Poll | Limits | Account | Fetch | Stop | Grant | Ack | Open | Narrow | Fit | Selftest
    | Begin | Data | Commit | Arm | Pause | Close | Clear | Off | Update | Key
)  # fmt: skip
DeviceMessage = Identity | Status | LimitsAre | AccountIs | Record | Trace | Answer
Message = HostMessage | DeviceMessage
