"""Every text that people read for a code: alarms, errors, labels; one place to read or translate.

Codes are stable and never reworded; texts may be. A text takes facts by name.
"""

from typing import Final, NamedTuple

HARDWARE_SWITCH: Final = "Use the switch on the device, or pull its power."


class Entry(NamedTuple):
    """What is the matter, and what to do."""

    text: str
    remedy: str = ""


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return name


_UDEV: Final = (
    "`mesodrive doctor --udev-rule VID:PID` prints the udev rule that comes with mesodrive; it "
    "keeps such services away."
)

_ENTRIES: Final[dict[str, Entry]] = {
    "port-missing": Entry(
        "There is no port {port}.", "See `mesodrive devices` for the ports that are there."
    ),
    "port-permission": Entry(
        "You may not open {port}.",
        "Add yourself to the group that owns it (`sudo usermod -aG dialout $USER`, then log in "
        "again), or install the udev rule that `mesodrive doctor --udev-rule VID:PID` prints.",
    ),
    "port-busy": Entry(
        "{port} is in use by another program.",
        "Close the other program; only one may hold a device.",
    ),
    "port-grabbed": Entry("{port} is held by a service of this system.", _UDEV),
    "port-vanished": Entry(
        "{port} has gone: unplugged, switched off, or its other end was closed.",
        "Look at the device, then at cable and power; begin again with a new session.",
    ),
    "port-refused": Entry(
        "Nobody answers at {port}.", "Start what should answer there, and check address and port."
    ),
    "port-scheme": Entry(
        "The address {port} is of an unknown kind.", "See `mesodrive run --help` for the kinds."
    ),
    "port-option": Entry("The address {port} cannot be used.", "Correct the address."),
    "port-silent": Entry(
        "Whatever is at {port} does not say that it is a device of ours.",
        "Check the port and the baud rate; `mesodrive devices` lists the ports.",
    ),
    "port-failed": Entry("{port} could not be opened.", "See `mesodrive doctor`."),
    "stop-confirmed": Entry("STOPPED: the device has confirmed that it is at rest."),
    "stop-sent": Entry("STOP sent, waiting for the device's proof."),
    "stop-not-confirmed": Entry("STOP NOT CONFIRMED.", HARDWARE_SWITCH),
    "control-gone": Entry(
        "The control process has ended without a last word; STOP is NOT CONFIRMED.",
        HARDWARE_SWITCH,
    ),
    "ask-fitted": Entry("Fit {title}. Press Enter when it is fitted."),
    "ask-arm": Entry("Ready? Press Enter to arm."),
    "ask-resume": Entry("Paused. Press r to go on, Ctrl-C to stop."),
    "ask-clear": Entry(
        "The device is latched: {reason}.",
        "Remove the cause, then run again with --clear.",
    ),
    "simulated": Entry("SIMULATED DEVICE: nothing is delivered to anyone."),
}


def text(code: str, **facts: object) -> str:
    """Return the sentence for a code, with its facts; the code itself where there is none.

    A fact that is not given is shown by its name: a text must never be the reason for a failure.
    """
    entry = _ENTRIES.get(code)
    return entry.text.format_map(_Facts(facts)) if entry else code.replace("-", " ")


def remedy(code: str) -> str:
    """Return what a person can do about it; empty where there is nothing to say."""
    entry = _ENTRIES.get(code)
    return entry.remedy if entry else ""
