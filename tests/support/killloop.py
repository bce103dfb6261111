"""One loop of killing: a session in real processes, blows to them, and a new process that goes on.

Which blows fall, and when, comes from the seed. When they fall within the session is up to the
machine, so a seed repeats the kind of a loop and not its every byte.
"""

import contextlib
import json
import random
import select
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mesodrive.app.closed_logs import SUFFIX
from mesodrive.app.launch import remove_address
from mesodrive.app.prepare import Prepared, Wanted, prepare
from mesodrive.app.resuming import ResumeWanted, prepare_resume
from mesodrive.cli.conductor import Conductor
from mesodrive.clock import MonotonicClock
from mesodrive.control.client import ControlClient, ControlGoneError
from mesodrive.session.account import LogAccount, account
from mesodrive.session.begin import LogUnusableError
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from support.plans import write_plan
from support.processes import Control, Gun
from support.worlds import CARRIED_NL, STEP_NL

UNITS = 10
ROUNDS_MAX = 12
"""Processes that one treatment may take; three blows need four."""
BLOWS_MAX = 3
SESSION_S = 4.0
"""About how long an undisturbed session takes; blows fall within."""
SYNCS_MAX = 40
"""About how often the log is synced in one."""
ROUND_S = 60.0
"""Longest time of one process; then something hangs."""
POLL_S = 0.01
KINDS = ("sync", "kill", "freeze", "restart", "stop")


class Blow(NamedTuple):
    """What is done to a session."""

    kind: str
    """`sync`: killed at a sync of its log. `kill`: at a time. `freeze`: stopped and continued.
    `restart`: the device loses its power and comes back at the same place. `stop`: STOP, and
    killed while it takes effect."""
    at_s: float
    for_s: float
    sync: int
    before: bool


@dataclass
class Loop:
    """What came of one loop."""

    seed: int
    place: str
    blows: list[Blow]
    rounds: int = 0
    seconds: float = 0.0
    pricks: int = 0
    uncertain: int = 0
    problems: list[str] = field(default_factory=list[str])

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "blows": [blow._asdict() for blow in self.blows]}


def draw(seed: int) -> Loop:
    """Return a loop before it is run; sync points come one after the other, so that all do."""
    rng = random.Random(f"killtest {seed}")
    blows: list[Blow] = []
    for at in range(rng.choice((1, 1, 1, 2, 2, BLOWS_MAX))):
        kind = KINDS[seed % len(KINDS)] if at == 0 else rng.choice(KINDS)
        sync = seed // len(KINDS) % SYNCS_MAX + 1 if at == 0 else rng.randint(1, SYNCS_MAX)
        blows.append(
            Blow(
                kind, rng.uniform(0, SESSION_S), rng.choice((0.05, 0.3, 1.0, 3.0)), sync,
                rng.random() < 0.5,
            )
        )  # fmt: skip
    return Loop(seed, ("pty", "tcp")[seed % 2], blows)


class Run:
    """One loop as it runs, in a folder of its own."""

    def __init__(self, loop: Loop, folder: Path) -> None:
        self._loop, self._folder = loop, folder
        self._place: dict[str, Any] = (
            {"pty": folder / "gun"} if loop.place == "pty" else {"tcp": ("127.0.0.1", 0)}
        )
        self._gun = self._new_gun()

    def _new_gun(self) -> Gun:
        gun = Gun(self._folder, seed=self._loop.seed, **self._place)
        if self._loop.place == "tcp":
            host, _, port = gun.port.removeprefix("socket://").rpartition(":")
            self._place = {"tcp": (host, int(port))}
        return gun

    def to_the_end(self) -> None:
        """Let every blow fall, go on until the session is completed, and compare."""
        loop, blows = self._loop, list(self._loop.blows)
        begun_s = time.monotonic()
        try:
            while loop.rounds < ROUNDS_MAX:
                loop.rounds += 1
                self._round(blows.pop(0) if blows else None)
                found = self._account()
                if found is not None and found.ending == "completed":
                    break
            else:
                loop.problems.append(f"not completed within {ROUNDS_MAX} rounds")
        finally:
            self._gun.end()
            loop.seconds = round(time.monotonic() - begun_s, 2)
        self._compare()

    def _round(self, blow: Blow | None) -> None:
        prepared = self._prepared()
        deadly = blow is not None and blow.kind == "sync"
        control = Control(
            prepared.handover,
            dies_at_sync=blow.sync if blow and deadly else 0,
            before=bool(blow and blow.before),
        )
        try:
            if control.started:
                with contextlib.suppress(ControlGoneError):
                    self._attend(prepared, control, None if deadly else blow)
        finally:
            control.kill()
            remove_address(prepared.folder)

    def _prepared(self) -> Prepared:
        """Go on from the newest log that says anything, or begin anew where there is none."""
        port, logs = self._gun.port, self._folder / "logs"
        for log in self._logs():
            # One that was killed before its first seal can have sent nothing.
            with contextlib.suppress(LogUnusableError):
                return prepare_resume(ResumeWanted(log, port)).prepared
        return prepare(Wanted(write_plan(self._folder, UNITS), port, logs=logs), MonotonicClock())

    def _logs(self) -> list[Path]:
        logs = (self._folder / "logs").glob(f"*{SUFFIX}")
        return sorted(logs, key=lambda log: log.stat().st_ctime_ns, reverse=True)

    def _attend(self, prepared: Prepared, control: Control, blow: Blow | None) -> None:
        handover = prepared.handover
        client = ControlClient(handover.address, bytes.fromhex(handover.authkey))
        conductor = Conductor(
            answer_yes=True, interactive=False, clear=True, resuming=self._loop.rounds > 1,
            answer=("killtest", "nobody is treated"),
        )  # fmt: skip
        begun_s = time.monotonic()
        with contextlib.closing(client):
            while (now_s := time.monotonic() - begun_s) < ROUND_S:
                if blow is not None and now_s >= blow.at_s:
                    self._strike(blow, control, client)
                    blow = None
                if not client.poll(POLL_S):
                    continue
                message = client.receive()
                if message["type"] in ("over", "refused"):
                    return
                if message["type"] == "view":
                    wish = conductor.on_view(message["view"])
                    if wish is not None:
                        client.wish(wish)
        self._loop.problems.append(f"round {self._loop.rounds} hung")

    def _strike(self, blow: Blow, control: Control, client: ControlClient) -> None:
        if blow.kind == "kill":
            control.kill()
        elif blow.kind == "freeze":
            control.signal(signal.SIGSTOP)
            _wait(blow.for_s)
            control.signal(signal.SIGCONT)
        elif blow.kind == "restart":
            self._gun.end()
            _wait(blow.for_s)
            self._gun = self._new_gun()
        else:
            client.stop()
            _wait(blow.for_s / 10)
            control.kill()

    def _account(self) -> LogAccount | None:
        for log in self._logs():
            with contextlib.suppress(LogUnusableError):
                return account(log.read_bytes())
        return None

    def _compare(self) -> None:
        """Hold the last account against what the machine did, and each log against itself."""
        loop = self._loop
        for log in self._logs():
            with contextlib.suppress(LogUnusableError):
                divergence = replay(log.read_bytes(), driver_core).divergence
                if divergence is not None:
                    loop.problems.append(f"{log.name} replays differently: {divergence}")
        found = self._account()
        if found is None:
            loop.problems.append("no log")
            return
        truth = [json.loads(line) for line in (self._folder / "truth").read_text().splitlines()]
        loop.problems += differences(found, truth)
        loop.pricks = sum(not one["prime"] for one in truth)
        loop.uncertain = found.units_open + found.units_unknown


def _wait(seconds: float) -> None:
    """Let a blow last; there is nothing else to wait for."""
    select.select([], [], [], seconds)


def differences(found: LogAccount, truth: list[dict[str, Any]]) -> list[str]:
    """Return what the account of a log says that the truth of the machine denies."""
    pricks = [one for one in truth if not one["prime"]]
    told = [one for one in found.commands.values() if one.purpose != "prime"]
    done = sum(one.count("done") for one in told)
    begun = sum(len(set(one.settled) | set(range(one.ceiling))) for one in told)
    volume_nl = sum(one["volume_nl"] for one in pricks)
    steps_nl = STEP_NL * len(truth)
    # What a tube holds back stays in it each time that power or fitting changes.
    least_nl = found.lo - CARRIED_NL * max(1, len(found.commands)) - steps_nl
    problems: list[str] = []
    if len(pricks) > UNITS:
        problems.append(f"{len(pricks)} pricks of {UNITS}: one was delivered twice")
    if not done <= len(pricks) <= begun:
        problems.append(f"{len(pricks)} pricks, {done} called done, {begun} called begun")
    if not least_nl <= volume_nl <= found.hi + steps_nl:
        problems.append(f"{volume_nl:.0f} nL are not in [{found.lo}, {found.hi}]")
    if found.ending == "completed" and begun != UNITS:
        problems.append(f"completed with {begun} of {UNITS} units accounted for")
    return problems
