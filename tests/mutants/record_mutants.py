"""Defects of what is kept, replayed, shown and guarded against people."""

from typing import Final

from mutants.planting import Mutant

_SESSION: Final = "mesodrive.session"

RECORD_MUTANTS: Final = (
    Mutant(
        "least-urgent-first",
        "The least urgent alarm is shown before the others.",
        "mesodrive.core.alarms:AlarmBoard.active",
        "-row.priority",
        "row.priority",
    ),
    Mutant(
        "durable-without-sync",
        "What was only written is reported durable.",
        "mesodrive.journal.thread:JournalThread._sync",
        "self._file.sync()",
        "pass",
    ),
    Mutant(
        "checksum-of-log-ignored",
        "A damaged record of the log is read as if it were sound.",
        f"{_SESSION}.walk:Walk._record",
        "crc32(view[at + CRC_BYTES:end]) != crc",
        "False",
    ),
    Mutant(
        "seal-not-compared",
        "A seal is taken over without holding it against what it seals.",
        f"{_SESSION}.walk:Walk._fits",
        "head != self.data[start:end]",
        "False",
    ),
    Mutant(
        "failed-disk-goes-unsaid",
        "A disk that fails ends the journal without a word of what failed.",
        "mesodrive.journal.thread:JournalThread._run",
        "self._fail(self._step, error.strerror or str(error))",
        "pass",
    ),
    Mutant(
        "log-time-may-fall",
        "A record may be older than the one before.",
        f"{_SESSION}.walk:Walk._in_order",
        "mono_ns < self.last_ns",
        "False",
    ),
    Mutant(
        "replay-compares-nothing",
        "Replay feeds the inputs and never looks at what comes out.",
        f"{_SESSION}.replay:_Run.block",
        "elif said == given",
        "elif True",
    ),
    Mutant(
        "rounds-without-a-word",
        "A number between two base units loses what lies between.",
        "mesodrive.units:to_base",
        "if rest.strip('0'):",
        "if False:",
    ),
    Mutant(
        "resumes-by-itself",
        "An answer given beforehand goes on after a pause.",
        "mesodrive.cli.conductor:Conductor._answer",
        "self._awaiting in ('fitted', 'arm')",
        "self._awaiting in ('fitted', 'arm', 'resume')",
    ),
    Mutant(
        "simulator-is-welcome",
        "A simulated device is taken where the session forbids it.",
        "mesodrive.core.opening:_compare_identity",
        "not spec.allow_simulator",
        "False",
    ),
    Mutant(
        "two-hosts-hold",
        "A device that one host holds lets another in.",
        "mesodrive_simulator.firmware.link:Link._open",
        "board.held and (not own)",
        "False",
    ),
    Mutant(
        "signature-not-compared",
        "A signed frame is believed whatever its signature says.",
        "mesodrive_protocol.codec:FrameDecoder._decode_rest",
        "not compare_digest(",
        "False and (",
    ),
)
