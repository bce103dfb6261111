"""Defects of the driver: limits, books, link and stop."""

from typing import Final

from mutants.planting import Mutant

_CORE: Final = "mesodrive.core"
_LIMITS: Final = "mesodrive.limits"

HOST_MUTANTS: Final = (
    # Dose
    Mutant(
        "host-limit-off-by-one",
        "The driver takes a value one above the profile's greatest.",
        f"{_LIMITS}.bounds:above",
        "value > limit",
        "value > limit + 1",
    ),
    Mutant(
        "guard-forgets-open-units",
        "The guard tests the volume of a minute without what was granted and not yet settled.",
        f"{_CORE}.guard:Guard.allowed_upto",
        "self._minute.room(now_us) - book.open_hi",
        "self._minute.room(now_us)",
    ),
    Mutant(
        "program-of-any-length",
        "The driver takes a program with more units than the device may do at once.",
        f"{_LIMITS}.frame_rules:check_frame",
        "1 <= units <= env.units_max",
        "1 <= units",
    ),
    Mutant(
        "host-believes-amount",
        "The driver does not compare what was measured with what was set.",
        f"{_CORE}.booking:Booking._compare",
        "measured_nl * 1000 > programmed_nl * TOO_MUCH_PERMILLE",
        "False",
    ),
    Mutant(
        "content-without-worst-case",
        "The driver counts on every unit being exactly its dose.",
        f"{_LIMITS}.program_rules:_content",
        "worst_dose_nl(step.dose_nl, step_nl)",
        "step.dose_nl",
    ),
    Mutant(
        "low-at-the-reserve",
        "A syringe is called low only when nothing but its reserve is left.",
        f"{_CORE}.position:Position.is_low",
        "LOW_RESERVES * ",
        "",
    ),
    Mutant(
        "any-profile-fits",
        "The driver goes on with a device that was built to another profile.",
        f"{_CORE}.opening:_compare_identity",
        "identity.profile.hex() != spec.profile_hash",
        "False",
    ),
    # Commands
    Mutant(
        "grant-before-ceiling",
        "A grant relies on a ceiling that is not yet on disk.",
        f"{_CORE}.sequencer:Sequencer.on_status",
        "self.ceiling, book.units",
        "self._asked, book.units",
    ),
    Mutant(
        "begin-before-intent",
        "BEGIN leaves while the intent is still on its way to the disk.",
        f"{_CORE}.loading:load",
        "yield from parts.made_durable(parts.outbox.persist(at_once=True))",
        "parts.outbox.persist(at_once=True)",
    ),
    Mutant(
        "open-units-are-none",
        "A session that leaves units open ends as if all were known.",
        f"{_CORE}.ledger:Ledger.units_open",
        "return ",
        "return 0 * ",
    ),
    Mutant(
        "answer-of-another-boot",
        "An answer counts though it carries another boot or session.",
        f"{_CORE}.link:Link.take_answer",
        "not pending.free",
        "False",
    ),
    Mutant(
        "releases-what-may-have-begun",
        "Grants are taken back for units that the device has begun.",
        f"{_CORE}.ledger:Ledger.release",
        "begun_below - 1",
        "-1",
    ),
    Mutant(
        "nobody-answers-without-device",
        "A session whose device is gone for good ends without anybody's word for open units.",
        f"{_CORE}.recovery:_without_device",
        "book is not None and book",
        "book is None and book",
    ),
    Mutant(
        "older-copy-goes-on",
        "A log is gone on from though its device has had a later command of that session.",
        f"{_CORE}.recovery:_gone_on_with",
        "by in ours and account.last & 4294967295 > parts.commands",
        "False",
    ),
    Mutant(
        "uncertain-goes-on",
        "Units that nobody can account for hold nothing up and are asked of nobody.",
        f"{_CORE}.recovery:_answered_for",
        "not units and (not parts.bond.doubt)",
        "True",
    ),
    Mutant(
        "answered-is-nothing",
        "Units that an operator has answered for count as not delivered.",
        f"{_CORE}.recovery:_word_of_operator",
        "book.answered.update(units)",
        "parts.ledger.release(book, 0)\n        book.answered.update(units)",
    ),
    Mutant(
        "books-what-was-programmed",
        "The driver books what it asked for and not what the device has measured.",
        f"{_CORE}.booking:Booking._book",
        "outcome, record.lo, record.hi)",
        "outcome, programmed, programmed)",
    ),
    Mutant(
        "settles-twice",
        "A second record of a unit is booked once more.",
        f"{_CORE}.ledger:Ledger.settle",
        "if unit in book.settled:",
        "if False:",
    ),
    Mutant(
        "totals-may-fall",
        "A total that falls within one boot passes for news like any other.",
        f"{_CORE}.device:Device.take",
        "status.begun_total < last.begun_total or status.journal_next < last.journal_next",
        "False",
    ),
    Mutant(
        "status-fresh-for-long",
        "A status may be twice as old when it is acted on.",
        f"{_CORE}.device:Device.is_fresh",
        "<= FRESH_NS",
        "<= 2 * FRESH_NS",
    ),
    # Link
    Mutant(
        "one-try-too-many",
        "A question is asked six times before it is given up.",
        f"{_CORE}.link:Link.tick",
        "pending.tries >= TRIES_MAX",
        "pending.tries > TRIES_MAX",
    ),
    Mutant(
        "twice-is-not-counted",
        "Statuses that come twice or out of order are dropped without a trace.",
        f"{_CORE}.driver:DriverCore._odd_status",
        "parts.link.stale += 1",
        "pass",
    ),
    Mutant(
        "grants-three-ahead",
        "The driver grants one unit more than it may.",
        f"{_CORE}.sequencer:Sequencer.on_status",
        "next_unit + CREDIT_UNITS, ",
        "next_unit + CREDIT_UNITS + 1, ",
    ),
    Mutant(
        "silence-goes-unnoticed",
        "An armed device that is not heard any more never counts as lost.",
        f"{_CORE}.device:Device.take",
        "self.lost_ns = now_ns + LOST_NS",
        "self.lost_ns = NEVER",
    ),
    Mutant(
        "reset-is-old-news",
        "A status of a later boot passes for one that came late.",
        f"{_CORE}.device:_of_another",
        "News.REBOOTED if status.boot > boot else News.OLD",
        "News.OLD",
    ),
    # Stop
    Mutant(
        "stop-waits-its-turn",
        "STOP leaves in the lane of everything else.",
        f"{_CORE}.stopper:Stopper._send",
        ", Out.STOP",
        ", Out.SEND",
    ),
    Mutant(
        "stopped-without-proof",
        "A status from before the press passes for the proof of the stop.",
        f"{_CORE}.stopper:Stopper.on_status",
        "status.latch_no == self._latch_no",
        "False",
    ),
    Mutant(
        "fourth-clear",
        "The same fault may be cleared once more than three times in ten minutes.",
        f"{_CORE}.conduct:_cleared",
        "len(times) >= SAME_CAUSE_MAX",
        "len(times) > SAME_CAUSE_MAX",
    ),
    Mutant(
        "clears-forgotten",
        "A session that goes on from a log begins anew to count how often a fault was cleared.",
        f"{_CORE}.alarms:AlarmBoard.begin",
        "self._earlier:",
        "():",
    ),
    Mutant(
        "limits-not-tried",
        "A device that takes a step above its limit passes its trial.",
        f"{_CORE}.loading:try_limits",
        "answer.code == Code.LIMIT",
        "True",
    ),
    Mutant(
        "late-step-goes-on",
        "A driver that woke up too late goes on as if nothing had been.",
        f"{_CORE}.driver:DriverCore.step",
        "now_ns - due_ns > LATE_NS",
        "False",
    ),
)
