"""The owner thread: waits for port, wishes, disk and the core's deadline, in one place.

Invariants: every input of the core and every output is in the log writer before anything else is
done about it, but for a STOP, whose bytes go to the port first. Nothing here waits for the disk.
No way out of this thread leaves the device running: its last line sends STOP.
"""

import json
import logging
import select
from collections import deque
from collections.abc import Callable
from typing import Final

from mesodrive.clock import NEVER, Clock
from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.core.view import View
from mesodrive.errors import EXIT_DONE, EXIT_FAULT, EXIT_OWN_ERROR
from mesodrive.injector.interfaces import Journal
from mesodrive.injector.lateness import Lateness
from mesodrive.injector.outbox import Outbox
from mesodrive.injector.pacer import Pacer
from mesodrive.injector.reopening import Reopening
from mesodrive.injector.showing import Showing
from mesodrive.injector.shutdown import last_stop
from mesodrive.injector.wakeup import Wakeup
from mesodrive.session.assembler import LogWriter
from mesodrive.session.replay import end_facts
from mesodrive.transport.base import Transport
from mesodrive.transport.errors import PortError

WISHES_MAX: Final = 64
"""Bound of wishes not yet taken: a person makes a few a second, and each turn takes all."""

FLUSH_NS: Final = 200_000_000
"""Longest time to hand over the last bytes of a session; the longest frame takes 30 ms at 9600."""

CLOSE_S: Final = 10.0
"""Longest wait for the disk when the session is over: beyond it the log is left as it is."""

WAIT_S_MAX: Final = 3600.0
"""Longest single wait; a system call may refuse a longer one."""

# Looked up once: on the hot path an enumeration's attribute costs more than the comparison.
_STOP: Final = Out.STOP.value
_SEND: Final = Out.SEND.value
_EVENT: Final = Out.EVENT.value
_PERSIST: Final = Out.PERSIST.value
_KEY: Final = Out.KEY.value

diagnostics = logging.getLogger(__name__)


class Owner:
    """Runs one session on one port; `run` is the body of its own thread.

    Args:
        core: The driver.
        port: The open port; closed at the end.
        writer: The log's writer, its begin record in.
        journal: Makes bytes durable and reports; closed at the end.
        clock: The time.
        wakeup: Woken by wishes, and by the journal's reports; closed at the end.
        publish: Called with a view when people should see it: on each change of state, question,
            stop or alarm, else at most 20 times a second. Must not wait.
        answer_key: Answers `Out.KEY` with the data of `In.KEY`; by default there is no key. Must
            not wait either.
        reopening: Opens the port again when it is lost; ended here. None where nothing can.
    """

    def __init__(  # noqa: PLR0913 -- everything that meets in the one loop
        self,
        core: DriverCore,
        port: Transport,
        writer: LogWriter,
        journal: Journal,
        clock: Clock,
        wakeup: Wakeup,
        publish: Callable[[View], None],
        answer_key: Callable[[bytes], bytes] = lambda asked: asked[:1],
        *,
        reopening: Reopening | None = None,
    ) -> None:
        self._core, self._port, self._writer, self._journal = core, port, writer, journal
        self._clock, self._wakeup = clock, wakeup
        self._outbox = Outbox(Pacer(port.baud))
        self._showing = Showing(publish)
        self._lateness = Lateness(clock.asleep_ns())
        self._wishes: deque[bytes] = deque()
        self._answer_key, self._reopening = answer_key, reopening
        self._unheard = False
        """Nothing has come yet since the port was opened again."""
        self._asked: deque[bytes] = deque()
        self._connected = True
        self._gone: PortError | None = None
        self._blocked = False
        self._abandoned = False
        self.log_whole = False
        """Whether the log is closed and wholly on disk; valid after `run`."""

    def wish(self, wish: bytes, *, first: bool = False) -> bool:
        """Hand in a wish from any thread; a STOP goes `first`.

        Returns:
            Whether there was room; a STOP always finds some.
        """
        if first:
            self._wishes.appendleft(wish)
        elif len(self._wishes) >= WISHES_MAX:
            return False
        else:
            self._wishes.append(wish)
        self._wakeup.wake()
        return True

    def abandon(self) -> None:
        """End the loop although the session is not over; for a session that cannot settle."""
        self._abandoned = True
        self._wakeup.wake()

    def run(self) -> int:
        """Run the session to its end; return the exit code.

        This is the one place that catches every exception: whatever went wrong here, the device
        is told to stop, the log is closed as it is, and the exit code says that it was our error.
        """
        try:
            self._open()
            while not (self._core.ended or self._abandoned):
                self._turn()
            self._flush_all()
            self._close_log()
        except Exception:  # noqa: BLE001
            diagnostics.exception("the owner thread failed")
            last_stop(self._port)
            self._save_what_there_is()
            return EXIT_OWN_ERROR
        finally:
            if self._reopening is not None:
                self._reopening.end()
            self._port.close()
            self._wakeup.close()
        return self._exit_code()

    def _exit_code(self) -> int:
        """Return how the session ended; what its log does not prove is never simply done."""
        code = self._core.exit_code
        return EXIT_FAULT if code == EXIT_DONE and not self.log_whole else code

    def _open(self) -> None:
        port = self._port
        opened = {"name": port.name, "baud": port.baud, "loopback": port.loopback}
        now_ns = self._clock.now_ns()
        self._step(In.OPENED, json.dumps(opened).encode(), now_ns)
        self._settle(now_ns)

    def _turn(self) -> None:
        due_ns = self._due_ns()
        watched: list[Wakeup | Transport] = [self._wakeup]
        if self._connected:
            watched.append(self._port)
        readable, _, _ = select.select(
            watched,
            [self._port] if self._blocked else [],
            [],
            max(0.0, min((due_ns - self._clock.now_ns()) / 1e9, WAIT_S_MAX)),
        )
        now_ns = self._clock.now_ns()
        lateness = self._lateness.check(due_ns, now_ns, self._clock.asleep_ns())
        if lateness:
            self._step(In.HOST, lateness, now_ns)
        if self._wakeup in readable:
            self._wakeup.drain()
            self._take_wishes(now_ns)
            self._take_reports(now_ns)
            if not self._connected:
                self._take_port()
        if self._port in readable:
            self._read(now_ns)
        if now_ns >= self._core.deadline_ns:
            self._step(In.TICK, b"", now_ns)
        self._settle(now_ns)

    def _due_ns(self) -> int:
        due_ns = min(self._core.deadline_ns, self._writer.seal_due_ns, self._showing.due_ns)
        return due_ns if self._blocked else min(due_ns, self._outbox.ready_ns)

    def _settle(self, now_ns: int) -> None:
        """What follows from the inputs of this turn, in the order of its urgency."""
        while self._asked:
            self._step(In.KEY, self._answer_key(self._asked.popleft()), now_ns)
        self._flush(now_ns)
        if self._gone is not None:
            reason, self._gone = self._gone.code, None
            self._step(In.LOST, json.dumps({"reason": reason}).encode(), now_ns)
            if self._reopening is not None:
                self._reopening.begin()
        if now_ns >= self._writer.seal_due_ns:
            self._writer.seal(now_ns)
            self._journal.append(self._writer.take())
        self._showing.look(self._core.view, now_ns)

    def _step(self, code: In, data: bytes, now_ns: int) -> None:
        outputs = self._core.step(code, data, now_ns)
        for out, body in outputs:
            if out == _STOP:
                self._outbox.stop(body)
                self._flush(now_ns)
            elif out == _SEND:
                self._outbox.send(body)
        self._writer.add_step(now_ns, code, data, outputs)
        for out, body in outputs:
            if out == _EVENT:
                self._showing.changed()
            elif out == _PERSIST:
                self._persist(body, now_ns)
            elif out == _KEY:
                self._asked.append(body)

    def _persist(self, body: bytes, now_ns: int) -> None:
        self._writer.seal(now_ns)
        mark, urgent = int.from_bytes(body[:4], "little"), bool(body[4])
        self._journal.append(self._writer.take(), mark, urgent=urgent)

    def _take_wishes(self, now_ns: int) -> None:
        # Only what was there at the beginning: a flood of wishes must not keep the port waiting.
        for _ in range(len(self._wishes)):
            self._step(In.WISH, self._wishes.popleft(), now_ns)

    def _take_reports(self, now_ns: int) -> None:
        reports = self._journal.reports
        while reports:
            report = reports.popleft()
            if isinstance(report[0], int):
                self._step(In.DURABLE, report[0].to_bytes(4, "little"), now_ns)
            else:
                reason = ": ".join(str(part) for part in report)
                # The log cannot tell why it was not kept.
                diagnostics.error("log failed: %s", reason)
                self._step(In.JOURNAL_FAILED, json.dumps({"reason": reason}).encode(), now_ns)

    def _read(self, now_ns: int) -> None:
        try:
            data = self._port.read()
        except PortError as error:
            self._lost(error)
            return
        if data:
            if self._unheard and self._reopening is not None:
                self._unheard = False
                self._reopening.heard()
            self._step(In.RECEIVED, data, now_ns)

    def _take_port(self) -> None:
        """Go on with a port that was opened again, if there is one by now."""
        port = None if self._reopening is None else self._reopening.take()
        if port is not None:
            self._port, self._outbox = port, Outbox(Pacer(port.baud))
            self._connected = self._unheard = True
            self._open()

    def _flush(self, now_ns: int) -> None:
        """Hand over what may go now; remember whether the port would take no more."""
        self._blocked = False
        while self._connected and (chunk := self._outbox.chunk(now_ns)):
            try:
                taken = self._port.write(chunk)
            except PortError as error:
                self._lost(error)
                return
            self._outbox.handed_over(taken, now_ns)
            if taken < len(chunk):
                self._blocked = True
                return

    def _lost(self, error: PortError) -> None:
        # The core hears of it at the end of the turn: a STOP is flushed in the middle of an input.
        self._connected = self._blocked = False
        self._gone = error
        self._outbox.clear()
        self._port.close()  # nobody else can open it before
        diagnostics.warning("port lost: %s", error)

    def _flush_all(self) -> None:
        """Hand over the last frames, a CLOSE's acknowledgement say, within a bounded time."""
        end_ns = self._clock.now_ns() + FLUSH_NS
        while self._outbox.ready_ns != NEVER and (now_ns := self._clock.now_ns()) < end_ns:
            self._flush(now_ns)
            self._wakeup.drain()
            until_ns = end_ns if self._blocked else min(end_ns, self._outbox.ready_ns)
            wait_s = max(0, until_ns - now_ns) / 1e9
            select.select([self._wakeup], [self._port] if self._blocked else [], [], wait_s)

    def _close_log(self) -> None:
        now_ns = self._clock.now_ns()
        view = self._core.view()
        end = end_facts(view)
        self._writer.end(now_ns, json.dumps(end).encode())
        self._journal.append(self._writer.take(), urgent=True)
        self.log_whole = self._journal.close(CLOSE_S)
        self._showing.show(view, now_ns)

    def _save_what_there_is(self) -> None:
        """Bring to disk what the writer still holds; the log stays without its end."""
        try:
            self._writer.seal(self._clock.now_ns())
            self._journal.append(self._writer.take(), urgent=True)
            self._journal.close(CLOSE_S)
        except Exception:  # noqa: BLE001
            diagnostics.exception("the log could not be saved")
