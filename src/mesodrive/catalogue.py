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
        "Look at the device, then at cable and power. It is opened again as soon as it is there; "
        "else `mesodrive run --resume LOG` goes on later.",
    ),
    "port-closed-early": Entry(
        "The connection was closed before any device said who it is: somebody else is there, or it "
        "is in use.",
        "End the other session, check address and port, and run again.",
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
    "stop-silent": Entry("No word from the control process: STOP NOT CONFIRMED.", HARDWARE_SWITCH),
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
        "Remove the cause, then press c at the terminal, or end and run again with --clear.",
    ),
    "ask-resolve": Entry(
        "Nobody can know what became of {uncertain}.",
        "Look at the skin and the device, then answer for it: the account keeps the interval, and "
        "nothing is delivered there again. Type who you are, then why you go on; Ctrl-C ends.",
    ),
    "left-latched": Entry(
        "The device stays latched: {reason}.", "Remove the cause, then run again with --clear."
    ),
    # Alarms: what the core or the device has found while a session was under way.
    "status-lost": Entry(
        "The device has not been heard of.", "Look at the device and its cable. " + HARDWARE_SWITCH
    ),
    "port-lost": Entry(
        "The connection to the device is lost; it comes to rest by itself within a second.",
        "Look at the device, then at cable and power; begin again with a new session.",
    ),
    "delivery-uncertain": Entry(
        "It is not known whether the last units were delivered.",
        "Count them as delivered; never treat their points again in this session.",
    ),
    "record-mismatch": Entry(
        "The device reports what cannot be true; it delivers only if somebody answers for it.",
        "End the session, and have the device checked before it is used again.",
    ),
    "device-reset": Entry(
        "The device has started anew in the middle of the session.",
        "Look at its power supply; begin again with a new session.",
    ),
    "host-late": Entry(
        "This computer was held up and could not watch the device in time.",
        "Close other programs and switch off energy saving, then clear and go on.",
    ),
    "clock-drift": Entry("The clock of the device runs off.", "Have the device checked soon."),
    "clock-unusable": Entry(
        "The clock of the device runs wrong.", "Do not use the device until it has been checked."
    ),
    "journal-failed": Entry(
        "The log of this session cannot be written; nothing more is delivered.",
        "Make room on the disk or use another one; begin again with a new session.",
    ),
    "internal-error": Entry(
        "A defect of this program was found; the device was told to stop.",
        "End the session and send its log to whoever looks after this program.",
    ),
    "limit-held": Entry(
        "A limit on volume or charge leaves no room for the next unit just now.",
        "Wait, or end the session; a rolling limit gives room again with time, charge does not.",
    ),
    "link-poor": Entry(
        "Many frames are lost between computer and device.",
        "Use a shorter or another cable; keep it away from motors.",
    ),
    "stopped-by-break": Entry(
        "The device was stopped over its line.", "Find out who sent it; then clear and go on."
    ),
    "stopped-by-key": Entry(
        "The stop key of the device was pressed.", "Release the key; then clear and go on."
    ),
    "lease-expired": Entry(
        "The device was not told to go on in time, and has stopped by itself.",
        "Look at the cable, then clear and go on.",
    ),
    "contact-lost": Entry("Contact with the skin was lost.", "Place it again, clear and go on."),
    "vacuum-lost": Entry("The vacuum was lost.", "Place it again, clear and go on."),
    "blockage": Entry(
        "The needle or the tube is blocked.", "Change the needle; then clear and go on."
    ),
    "too-much-delivered": Entry(
        "The device has measured more than was set.",
        "End the session. Do not use the device until it has been checked.",
    ),
    "too-little-delivered": Entry(
        "The device has twice measured less than was set.",
        "Look for air, leaks and an empty syringe; then clear and go on.",
    ),
    "charge-differs": Entry(
        "The charge that was seen to flow is not the one that the device reports.",
        "End the session. Do not use the device until it has been checked.",
    ),
    "electrode-open": Entry("An electrode has no contact.", "Place it again, clear and go on."),
    "electrode-short": Entry(
        "Electrodes touch each other.", "Dry the skin between them and place them again."
    ),
    "impedance": Entry(
        "The skin's resistance has changed at once.", "Look at the electrodes and at the skin."
    ),
    "pulse-wrong": Entry(
        "A pulse was not as set.", "Do not use the device until it has been checked."
    ),
    "needle-not-home": Entry(
        "The needle was not seen back in the housing, or the outputs were not seen off.",
        "Take the device off the skin with care. " + HARDWARE_SWITCH,
    ),
    "syringe-low": Entry(
        "The syringe holds less than twice its reserve.", "Have the next syringe ready."
    ),
    "cartridge-empty": Entry("The syringe is empty.", "End the session, or fit the next syringe."),
    "fitting-changed": Entry(
        "Needle, syringe, electrode or head was taken out.",
        "End the session; begin a new one when fitted.",
    ),
    "temperature": Entry("The device is too hot.", "Let it cool down; then clear and go on."),
    "supply": Entry(
        "The device's supply voltage is wrong.", "Charge it or change its power supply."
    ),
    "stores-differ": Entry(
        "The device's memory does not agree with itself.",
        "Do not use the device until it has been checked.",
    ),
    "trigger-stuck": Entry("The trigger is stuck.", "Release the trigger; then clear and go on."),
    "sensor-failed": Entry(
        "A sensor of the device has failed.", "Do not use the device until it has been checked."
    ),
    "device-internal": Entry(
        "The device has found itself at fault.", "Do not use the device until it has been checked."
    ),
    # Refusals: why a session could not begin or go on.
    "no-device": Entry(
        "No device answers at this port.", "Switch it on, check port and baud rate, and run again."
    ),
    "no-answer": Entry(
        "The device did not answer to {message}.", "Look at the cable; begin a new session."
    ),
    "device-silent": Entry(
        "The device has not been heard of for 5 seconds.",
        "Look at device and cable; begin again with a new session.",
    ),
    "protocol-version": Entry(
        "The device speaks versions {first} to {last} of the protocol, this program {ours}.",
        "Bring the device or this program up to date.",
    ),
    "other-device": Entry(
        "This is a {found}; the plan is for a {planned}.", "Connect the right device."
    ),
    "profile-differs": Entry(
        "The device was built to another profile than the plan was made with.",
        "Use the profile that came with the device, and make the plan again.",
    ),
    "other-serial": Entry(
        "This is the device {found}; {planned} was asked for.", "Connect the right device."
    ),
    "simulator-forbidden": Entry(
        "This is a simulator, and this session is for a real device.", "Connect a real device."
    ),
    "key-missing": Entry(
        "The device wants signed messages, and there is no key for it here.",
        "Connect it by a cable and run `mesodrive pair PORT`.",
    ),
    "pair-line": Entry(
        "{port} leaves this computer; a key must never be sent over it.",
        "Connect the device by a cable for pairing.",
    ),
    "pair-unkeyed": Entry(
        "The device on {port} takes unsigned messages and has no use for a key.",
        "Nothing has to be done; it can be used on a cable only.",
    ),
    "pair-busy": Entry(
        "The device on {port} is not at rest: {state}.", "End its session, then pair it."
    ),
    "pair-hand": Entry(
        "Nobody has held the own key of the device on {port}.",
        "Hold the key on the device itself, and pair again.",
    ),
    "pair-refused": Entry(
        "The device on {port} has refused: {answer}.",
        "Hold its own key all the time, with no session open, and pair again.",
    ),
    "pair-untaken": Entry(
        "The device on {port} has started again without the new key.",
        "Hold its own key until the pairing ends, and pair again.",
    ),
    "line-unsigned": Entry(
        "Messages on this connection are not signed, and they would have to be.",
        "Connect the device to this computer by a cable, or pair it with `mesodrive pair`.",
    ),
    "kind-missing": Entry(
        "The device cannot do what the plan asks for: {kind}.", "Use another device or plan."
    ),
    "limits-differ": Entry(
        "The limits in the device are not those of its profile.",
        "Use the profile that came with the device; `problem` names each limit.",
    ),
    "open-refused": Entry(
        "The device did not open a session: {answer}.", "Switch it off and on, and run again."
    ),
    "device-held": Entry(
        "Another program or computer holds the device, or it is busy.",
        "End the other session, or wait until the device is at rest.",
    ),
    "journal-endless": Entry(
        "The device's record of deliveries has no end.", "Have the device checked."
    ),
    "journal-broken": Entry(
        "The device's record of deliveries has a gap or was changed.",
        "Do not use the device until it has been checked.",
    ),
    "selftest-failed": Entry(
        "The device has not passed its self-test.",
        "Look at needle, syringe and head; if it fails again, have the device checked.",
    ),
    "limits": Entry("The program breaks a limit; nothing of it was sent.", "Correct the plan."),
    "device-refused": Entry(
        "The device has refused {message}: {answer} {field} {reason}.",
        "Look at what the device shows; begin again with a new session.",
    ),
    "no-fresh-status": Entry(
        "The device does not report its state often enough to be armed.",
        "Look at the cable; begin again with a new session.",
    ),
    "case-limit": Entry(
        "This treatment has had {before} before; with {planned} more it would pass the limit of "
        "{limit}.",
        "Plan less. A new treatment id is for another treatment, never for more of this one.",
    ),
    "next-fell": Entry(
        "The device stands before units that are already delivered; it was not armed.",
        "End the session. Do not use the device until it has been checked.",
    ),
    "records-missing": Entry(
        "The device has not reported how some units ended.",
        "Count them as delivered; never treat their points again in this session.",
    ),
    "totals-differ": Entry(
        "The device has begun {device} units and reported {records}.",
        "End the session. Do not use the device until it has been checked.",
    ),
    "resumed-elsewhere": Entry(
        "The device has done more of this program than the log knows.",
        "Another host went on with it, or this is an older copy: resume from the newest log.",
    ),
    "limits-not-enforced": Entry(
        "The device took a step beyond its own limit.",
        "Do not use this device; have its maker look at it.",
    ),
    "session-taken": Entry(
        "Another program or computer has taken the device over.",
        "End one of the two; begin again with a new session.",
    ),
    # States, wishes, ends.
    "state-disconnected": Entry("Not connected"),
    "state-identifying": Entry("Finding out which device this is"),
    "state-idle": Entry("Connected, nothing loaded"),
    "state-loaded": Entry("Ready, outputs off"),
    "state-armed": Entry("ARMED: trigger and contact start a unit"),
    "state-running": Entry("DELIVERING"),
    "state-paused": Entry("Paused, outputs off"),
    "state-stopping": Entry("Stopping"),
    "state-recovering": Entry("Waiting for word from the device"),
    "state-uncertain": Entry("It is not known what was delivered last"),
    "state-completed": Entry("Completed"),
    "state-faulted": Entry("Stopped by a fault"),
    "state-stopped": Entry("Stopped"),
    "wish-start": Entry("Start the session"),
    "wish-fitted": Entry("It is fitted"),
    "wish-arm": Entry("Arm"),
    "wish-pause": Entry("Pause after this unit"),
    "wish-resume": Entry("Go on"),
    "wish-stop": Entry("STOP"),
    "wish-resolve": Entry("Answer for what nobody can know, and go on behind it"),
    "wish-clear": Entry("The cause is gone: clear the stop"),
    "wish-end": Entry("End the session"),
    "exit-0": Entry("The session was completed."),
    "exit-3": Entry("The plan was refused; nothing was sent.", "Correct what the message names."),
    "exit-4": Entry("The device could not be used.", "Look at device, cable and port."),
    "exit-5": Entry("The session was stopped.", "Begin a new session for what is left."),
    "exit-6": Entry("A fault has ended the session.", "See what the alarms say before going on."),
    "exit-7": Entry(
        "It is not known how much was delivered in the last units.",
        "Count them as delivered; `mesodrive log` shows the interval.",
    ),
    "exit-70": Entry("A defect of this program.", "Send the log to whoever looks after it."),
    "simulated": Entry("SIMULATED DEVICE: nothing is delivered to anyone."),
    "unsigned": Entry("UNSIGNED: whoever can reach this cable can command the device."),
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
