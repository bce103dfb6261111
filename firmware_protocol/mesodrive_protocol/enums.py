"""Every enumeration of the protocol, numbered from 0 in the order of PROTOCOL.md."""

from enum import IntEnum, IntFlag

PROTOCOL_VERSION = 1


class Kind(IntEnum):
    """What one unit of a program is; `EVENT` only in records."""

    EVENT = 0
    PRICK = 1
    TRAIN = 2
    CURRENT = 3
    PULSE = 4
    PASS = 5
    MEASURE = 6
    PRIME = 7
    DRY = 8


class Phase(IntEnum):
    """Where the needle (or the output) is inside one unit."""

    REST = 0
    OUT = 1
    DELIVER = 2
    DWELL = 3
    BACK = 4


class Outcome(IntEnum):
    """How a unit ended; three things are known, the fourth says that nobody knows."""

    DONE = 0
    PARTIAL = 1
    NOT_DONE = 2
    UNKNOWN = 3


class EventKind(IntEnum):
    """What a record of kind `EVENT` reports, in its outcome field."""

    BOOT = 0
    LATCH = 1
    CLEAR = 2
    FITTED = 3
    TESTED = 4
    OPENED = 5
    CLOSED = 6


class Hold(IntEnum):
    """Why an armed device does not begin the next unit just now."""

    NONE = 0
    GRANT = 1
    TRIGGER = 2
    CONTACT = 3
    PERIOD = 4
    JOURNAL = 5
    WINDOW = 6
    PRESSURE = 7


class Inputs(IntFlag):
    """Bits of the inputs word in STATUS."""

    TRIGGER = 1 << 0
    CONTACT = 1 << 1
    VACUUM = 1 << 2
    HOME = 1 << 3
    HEAD = 1 << 4
    CARTRIDGE = 1 << 5
    STOP_KEY = 1 << 6
    CHARGER = 1 << 7
    OUTPUTS_OFF = 1 << 8
    TESTED = 1 << 9
    PRIMED = 1 << 10
    CALIBRATED = 1 << 11


class Caps(IntFlag):
    """Bits of the capability word in IDENTITY; bit 8 + kind says that the kind is carried out."""

    SIMULATED = 1 << 0
    KEYED = 1 << 1
    BREAK = 1 << 2
    NO_TRIGGER = 1 << 3


CAPS_KIND_SHIFT = 8


class Reason(IntEnum):
    """Why a device stopped; the first reason is kept while it is latched."""

    NONE = 0
    STOP = 1
    BREAK = 2
    STOP_KEY = 3
    LEASE = 4
    CONTACT = 5
    VACUUM = 6
    BLOCKAGE = 7
    TOO_MUCH = 8
    TOO_LITTLE = 9
    OPEN = 10
    SHORT = 11
    IMPEDANCE = 12
    PULSE = 13
    HOME = 14
    EMPTY = 15
    FITTING = 16
    TEMPERATURE = 17
    SUPPLY = 18
    RESET = 19
    STORES = 20
    TRIGGER = 21
    SENSOR = 22
    INTERNAL = 23


class Code(IntEnum):
    """What an ANSWER says; everything but `OK` means that nothing was changed."""

    OK = 0
    VERSION = 1
    ID = 2
    LENGTH = 3
    FIELD = 4
    STATE = 5
    BOOT = 6
    SESSION = 7
    HELD = 8
    STALE = 9
    OTHER_OPEN = 10
    KIND = 11
    COMMAND = 12
    NEXT = 13
    FRESH = 14
    LIMIT = 15
    PROFILE = 16
    FITTING = 17
    UNTESTED = 18
    UNPRIMED = 19
    LATCHED = 20
    JOURNAL = 21
    CRC = 22
    MAC = 23
    GONE = 24


class DeviceState(IntEnum):
    """States of the device, in the order of the table in PROTOCOL.md."""

    STARTING = 0
    IDLE = 1
    LOADING = 2
    LOADED = 3
    ARMED = 4
    RUNNING = 5
    STOPPING = 6
    LATCHED = 7
    TESTING = 8
    UPDATE = 9


class StopCause(IntEnum):
    """Who or what pressed STOP on the host's side."""

    OPERATOR = 0
    SIGNAL = 1
    CLIENT_LOST = 2
    STATUS_LOST = 3
    HOST_LATE = 4
    CLOCK = 5
    LIMIT = 6
    JOURNAL = 7
    MISMATCH = 8
    INTERNAL = 9


class How(IntEnum):
    """How a command was closed; `OPEN` while it is not."""

    OPEN = 0
    COMPLETE = 1
    REST_ELSEWHERE = 2
    GIVEN_UP = 3


class Relation(IntEnum):
    """What the device knows of the command that ACCOUNT asked for."""

    OPEN = 0
    CLOSED = 1
    OLDER = 2
    NEVER = 3


class ClearReason(IntEnum):
    """Why the operator unlatched the device."""

    CAUSE_GONE = 0
    CHECKED = 1
    RECOVERED = 2


class Trigger(IntEnum):
    """What lets a unit begin: each press one unit, units while held, or no trigger at all."""

    SINGLE = 1
    HELD = 2
    NONE = 3


class LimitField(IntEnum):
    """Numbers of the limit fields in NARROW, LIMITS_ARE (value n at index n - 1) and ANSWER."""

    DEPTH_UM_MIN = 1
    DEPTH_UM_MAX = 2
    DOSE_NL_MIN = 3
    DOSE_NL_MAX = 4
    FLOW_NL_S_MAX = 5
    MEAN_NL_S_MAX = 6
    WINDOW_NL_MAX = 7
    CASE_NL_MAX = 8
    PERIOD_US_MIN = 9
    UNITS_MAX = 10
    STEPS_MAX = 11
    PRESSURE_PA_MAX = 12
    STROKES_MAX = 13
    RATE_MHZ_MAX = 14
    CURRENT_UA_MAX = 15
    DENSITY_UA_CM2_MAX = 16
    CASE_UC_MAX = 17
    VOLTAGE_UV_MAX = 18
    PULSE_US_MAX = 19
    ENERGY_UJ_MAX = 20
    RAMP_US_MIN = 21
    VACUUM_PA_MAX = 22
    DWELL_US_MAX = 23
    CONTACT_MN_MIN = 24
    HOME_US_MAX = 25
