"""From what an earlier log proves to the parts of a core that goes on with it."""

from mesodrive.core.ledger import CommandBook
from mesodrive.core.parts import Parts
from mesodrive.core.spec import ResumedCommand, ResumeSpec, rest_of
from mesodrive_protocol.enums import Kind, Outcome, Reason


def restore(parts: Parts, resume: ResumeSpec) -> None:
    """Fill the ledger, the limits' memory and the place in the plan; nothing is sent or asked.

    Args:
        parts: Of a core that has taken no input yet.
        resume: From the log, by `session.resume`.

    Raises:
        ValueError: If the resumption does not fit the plan.
    """
    parts.started = True
    parts.bond.serial = resume.serial
    parts.bond.sessions = list(resume.sessions)
    parts.link.session = resume.sessions[-1] if resume.sessions else 0
    parts.commands = resume.commands_begun
    parts.device.begun_seen = resume.begun_total
    parts.records.begin_after(resume.last_seq, resume.chain)
    parts.guard.take_case(resume.before_nl)
    for cleared in resume.clears:
        parts.alarms.restore(Reason(cleared.reason), cleared.ago_ms)
    for one in resume.commands:
        _restore_command(parts, one)
    position = parts.position
    position.move_to(resume.stage, resume.program, resume.done)
    begun = next((one for one in resume.commands if not one.closed), None)
    if begun is not None and (begun.stage, begun.program) < (resume.stage, resume.program):
        position.prime_again()  # it is open, and the program behind it waits
    position.fit_no, position.content_nl = resume.fit_no, resume.content_nl
    parts.booking.bore_um = position.fit.bore_um


def _restore_command(parts: Parts, one: ResumedCommand) -> None:
    stages = parts.spec.stages
    if one.stage >= len(stages) or one.program >= len(stages[one.stage].programs):
        raise ValueError(f"command {one.command} is of a program that the plan does not have")
    program = rest_of(stages[one.stage].programs[one.program], one.done)
    book = parts.ledger.open_command(one.command, program)
    parts.ledger.grant(book, min(one.ceiling, book.units))
    if any(unit.unit >= book.units for unit in one.settled):
        raise ValueError(f"command {one.command} has a record of a unit behind its last")
    for unit in one.settled:
        outcome = Outcome(unit.outcome)
        parts.ledger.settle(book, unit.unit, outcome, unit.lo, unit.hi)
        if unit.excess:
            parts.ledger.exceed(book, unit.unit, unit.excess)
        _remember(parts, book, outcome, unit.hi + unit.excess, unit.ago_ms)
    book.answered.update(one.answered)
    if one.closed:
        parts.guard.restore(book, book.open_hi, ago_ms=0)
    else:
        parts.sequencer.open(book, one.begun_before)


def _remember(parts: Parts, book: CommandBook, outcome: Outcome, hi: int, ago_ms: int) -> None:
    """Count a unit in the moving windows from when it happened, and as confirmed if it was done."""
    done = outcome is Outcome.DONE and not book.is_waste and book.program.kind is not Kind.DRY
    parts.booking.restore(delivered=done)
    parts.guard.restore(book, hi, ago_ms)
