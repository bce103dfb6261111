"""Session logs that were damaged, forged, or written by nobody: all their readers.

* Nothing but "this log cannot be used" comes, whatever the bytes; a forger may well set every CRC
  and every seal right, since they need no key.
* A log that was changed and not sealed anew is never called whole.
* An account is an interval, and no line acts on the screen that shows it.
"""

import json
from functools import cache
from typing import Any

from fuzz.choices import Choices
from mesodrive.core.ports import In, Out
from mesodrive.core.spec import SessionSpec
from mesodrive.errors import EXIT_DONE, EXIT_LOG_DAMAGED, EXIT_LOG_UNUSABLE
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import LogUnusableError, read_begin
from mesodrive.session.conversation import hear
from mesodrive.session.format import BLOCK_BYTES_MAX
from mesodrive.session.message_text import TextError
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive.session.show import show
from mesodrive.session.verify import verify
from mesodrive.session.walk import Walk, entries
from support.specs import deliver, pen_session, session
from support.text import acts_on_a_screen
from support.worlds import S, Session

Entries = list[tuple[int, int, bytes]]
RAW, DAMAGED, FORGED = 0, 1, 2
CODES = (*In, *Out, 0, 9, 0x7F, 0x85, 0xFF)
TIMES_NS = (0, 1, S, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)
JSON_DEPTH_MAX = 12
REPLAYED_OF = 3
"""One log of so many goes through a fresh core, which takes longer than all the rest."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 5_000, 65_535, 65_536, 1 << 31, 1 << 32, 1 << 64, 10**30, 0.5,
    1e308, float("inf"), float("nan"), "", "a", "\x1b[2J", "\u202e", "\ud800", "\n", "prime",
    "deliver", "done", "strokes", [], [[]], {}, {"a": {}}, [1], "x" * 200,
)  # fmt: skip


def _written(spec: SessionSpec, seconds: float) -> tuple[bytes, bytes, Entries]:
    """Return a real log, its begin record, and its entries with time, code and data."""
    run = Session(spec).begin()
    run.lasting(seconds)
    if not run.core.ended:
        run.wish("end")
    run.end(60)
    log = bytes(run.log.data)
    walk = Walk(log)
    found = [(one.time_ns, one.code, one.data) for one in entries(walk)]
    return log, json.dumps(vars_of(log)).encode(), found


def vars_of(log: bytes) -> dict[str, Any]:
    """Return the facts of a begin record, as they stand in it."""
    begin = read_begin(log)
    return {"format": 1, **{name: getattr(begin, name) for name in type(begin).__slots__}}


@cache
def bases() -> list[tuple[bytes, bytes, Entries]]:
    """Return logs of a short, a whole and another device's session, made when first wanted."""
    return [
        _written(session(deliver(1)), 0.2),
        _written(session(deliver(1)), 0.6),
        _written(session(deliver(1)), 20),
        _written(pen_session(1, strokes=2), 20),
    ]


def seeds() -> list[bytes]:
    """Return whole logs, and decisions that change logs a little."""
    raw = [bytes([RAW]) + log for log, _, _ in bases()]
    few = [bytes([how, n, 1, k, 0, k, k, k]) for how in (1, 2) for n in range(4) for k in range(9)]
    return raw + few


def check(data: bytes) -> None:
    """Run one input; an assertion or any exception is a finding."""
    choices = Choices(data)
    kind = choices.below(3)
    if kind == RAW:
        check_readers(choices.rest())
        return
    log, begin, found = choices.one(bases())
    if kind == DAMAGED:
        damaged = _damaged(log, choices)
        assert damaged == log or not verify(damaged).intact, "a changed log is called whole"
        check_readers(damaged)
    else:
        check_readers(_forged(begin, list(found), choices))


def _damaged(log: bytes, choices: Choices) -> bytes:
    damaged = bytearray(log)
    for _ in range(1 + choices.below(4)):
        at = choices.number(4) % (len(damaged) + 1)
        match choices.below(5):
            case 0:
                damaged[at : at + 1] = choices.take(1)
            case 1:
                del damaged[at : at + choices.number(2)]
            case 2:
                damaged[at:at] = damaged[max(0, at - choices.number(2)) : at]
            case 3:
                del damaged[at:]
            case _:
                damaged += choices.blob() or bytes(100)
    return bytes(damaged)


def _forged(begin: bytes, found: Entries, choices: Choices) -> bytes:
    """Return a log with right CRCs and seals whose content was changed."""
    facts = json.loads(begin)
    end: Any = {"ending": "completed", "exit_code": 0}
    for _ in range(1 + choices.below(8)):
        at = choices.below(len(found)) if found else 0
        what = choices.below(10)
        if what == 0:
            facts = _changed(facts, choices)
        elif what == 1:
            end = _changed(end, choices)
        elif not found:
            break
        elif what == 2:
            found.insert(choices.below(len(found)), found[at])
        elif what == 3:
            del found[at]
        elif what == 4:
            time_ns = max(found[at][0], choices.one(TIMES_NS))
            found[at:] = [(max(time_ns, t), code, data) for t, code, data in found[at:]]
        elif what == 5:
            found[at] = (found[at][0], choices.one(CODES), found[at][2])
        elif what == 6:
            found[at] = (*found[at][:2], choices.blob())
        else:
            _change_json(found, at, choices)
    return _sealed(facts, found, end)


def _change_json(found: Entries, at: int, choices: Choices) -> None:
    """Change the next entry that is JSON."""
    for n in range(at, len(found)):
        time_ns, code, data = found[n]
        if data.startswith(b"{"):
            changed = json.dumps(_changed(json.loads(data), choices)).encode()
            found[n] = (time_ns, code, changed[:BLOCK_BYTES_MAX])
            return


def _changed(facts: Any, choices: Choices, depth: int = 0) -> Any:  # noqa: ANN401 -- any JSON
    """Return JSON with one part of it replaced, taken away, or wrapped."""
    how = choices.below(8)
    if how < 5 and facts and depth < JSON_DEPTH_MAX:
        if isinstance(facts, dict):
            key = choices.one(list(facts))
            return {**facts, key: _changed(facts[key], choices, depth + 1)}
        if isinstance(facts, list):
            at = choices.below(len(facts))
            return [*facts[:at], _changed(facts[at], choices, depth + 1), *facts[at + 1 :]]
    if how == 5 and isinstance(facts, dict):
        key = choices.one([*facts, ""])
        return {name: value for name, value in facts.items() if name != key}
    return choices.number(4) if how == 6 else choices.one(VALUES)


def _sealed(facts: Any, found: Entries, end: Any) -> bytes:  # noqa: ANN401 -- any JSON
    now_ns = found[0][0] if found else 0
    body = json.dumps(facts, separators=(",", ":")).encode()
    if not body.startswith(b'{"format":1,'):
        body = b'{"format":1,' + body
    writer = LogWriter(body, now_ns)
    for time_ns, code, data in found:
        now_ns = max(now_ns, time_ns)
        if now_ns >= writer.seal_due_ns:
            writer.seal(now_ns)
        writer.add(now_ns, code, data)
    writer.end(now_ns, json.dumps(end).encode())
    return writer.take()


def check_readers(log: bytes) -> None:
    """Read a log with every reader that there is."""
    found = verify(log)
    assert found.exit_code in (EXIT_DONE, EXIT_LOG_DAMAGED, EXIT_LOG_UNUSABLE)
    json.dumps(found.to_json()).encode()
    try:
        read_begin(log)
    except LogUnusableError as error:
        _said(str(error))
        return
    for line in show(log, raw=len(log) % 2 == 0):
        _said(line)
    try:
        for spoken in hear(log):
            str(spoken)
    except TextError:
        pass
    _check_account(log)
    if len(log) % REPLAYED_OF:
        return
    try:
        again = replay(log, driver_core)
    except LogUnusableError as error:
        _said(str(error))
        return
    if again.divergence is not None:
        _said(str(again.divergence))


def _check_account(log: bytes) -> None:
    try:
        result = account(log)
        json.dumps(result.to_json()).encode()
    except LogUnusableError as error:
        _said(str(error))
        return
    low, high = result.booked
    assert 0 <= low <= high, (low, high)
    assert result.units_open >= 0


def _said(line: str) -> None:
    assert not acts_on_a_screen(line), ascii(line)
    line.encode()
