"""Runs many seeds, on one core or several, and adds up what they saw."""

import gc
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import active_children, parent_process
from threading import Thread
from typing import Any, Final, NamedTuple

from mesodrive_testbench.campaign.catalogue import CLASSES, COUNTED, GUN, Needs
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.oracles.violation import TITLES
from mesodrive_testbench.campaign.seed import Finding, SeedResult, run_script
from mesodrive_testbench.campaign.subject import PLAN, PROFILE, Subject, make_subject

CHUNK: Final = 20
"""Seeds that one worker takes at a time."""
CHUNKS_AHEAD: Final = 4
"""Chunks given out for each worker, so that none waits and a long campaign needs no more memory."""
LOOK_S: Final = 0.1
"""So often is looked whether the campaign is to end, while workers are waited for."""
FINDINGS_MAX: Final = 20
"""A campaign that has found so much stops: its first finding is what is looked at."""


def _never() -> bool:
    return False


class Options(NamedTuple):
    """What a campaign tries, the same for all its seeds."""

    profile: str = PROFILE
    plan: str = PLAN
    only: tuple[str, ...] = ()
    """Fault classes that may be on; all where empty."""
    twice_every: int = 20
    """Each n-th seed is run twice, and both traces must be equal; 0 for none."""


@dataclass(slots=True)
class Summary:
    """What a number of seeds came to."""

    seeds: int = 0
    twice: int = 0
    virtual_ns: int = 0
    steps: int = 0
    inputs: int = 0
    cpu_s: float = 0.0
    """Processor time of all workers."""
    has: frozenset[Needs] = GUN
    """What the device has that a fault class may need."""
    tally: Counter[str] = field(default_factory=Counter[str])
    findings: list[tuple[int, Finding]] = field(default_factory=list[tuple[int, Finding]])

    def add(self, other: "Summary") -> None:
        """Add what other seeds of the same device came to."""
        self.has = other.has
        self.seeds += other.seeds
        self.twice += other.twice
        self.virtual_ns += other.virtual_ns
        self.steps += other.steps
        self.inputs += other.inputs
        self.cpu_s += other.cpu_s
        self.tally.update(other.tally)
        self.findings += other.findings

    @property
    def faults(self) -> dict[str, int]:
        """By fault class that the device can have: how often it was injected."""
        there = (one.id for one in CLASSES if one.needs in self.has)
        return {one: self.tally[one] for one in sorted((*there, *COUNTED))}

    @property
    def reached(self) -> dict[str, int]:
        """By state or happening: how often it was reached."""
        faults = self.faults
        return {name: n for name, n in sorted(self.tally.items()) if name not in faults}

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON data."""
        return {
            "seeds": self.seeds,
            "seeds_run_twice": self.twice,
            "virtual_hours": round(self.virtual_ns / 3.6e12, 3),
            "steps": self.steps,
            "core_inputs": self.inputs,
            "cpu_s": round(self.cpu_s, 3),
            "faults": self.faults,
            "reached": self.reached,
            "invariants": sorted(TITLES),
            "findings": [{"seed": seed, **one._asdict()} for seed, one in self.findings],
        }


def run_seed(subject: Subject, options: Options, seed: int) -> SeedResult:
    """Run one seed, twice where it is its turn."""
    script = draw_script(seed, frozenset(options.only) or None, subject.has)
    first = run_script(subject, script)
    if first.finding is None and _is_twice(options, seed):
        # Equal traces are equal logs, which were verified and replayed once.
        second = run_script(subject, script, check_logs=False)
        if second.trace != first.trace:
            finding = Finding("I13", "the same seed gives another trace", first.virtual_ns)
            return first._replace(finding=finding)
    return first


def run_seeds(
    subject: Subject, options: Options, seeds: range, stopped: Callable[[], bool] = _never
) -> Summary:
    """Run some seeds here, one after the other, until it is stopped."""
    summary = Summary(has=subject.has)
    before_s = time.process_time()
    for seed in _with_garbage_between(seeds):
        if stopped():
            break
        result = run_seed(subject, options, seed)
        summary.seeds += 1
        summary.twice += _is_twice(options, seed)
        summary.virtual_ns += result.virtual_ns
        summary.steps += result.steps
        summary.inputs += result.inputs
        summary.tally.update(result.tally)
        if result.finding is not None:
            summary.findings.append((seed, result.finding))
    summary.cpu_s = time.process_time() - before_s
    return summary


def _with_garbage_between(seeds: range) -> Iterator[int]:
    """Yield the seeds, and collect each one's garbage behind it instead of in its midst.

    What stands before the first is set aside: looking through it again and again is all that the
    collector would do.
    """
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        for seed in seeds:
            yield seed
            gc.collect()
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def run_campaign(
    options: Options,
    seeds: range,
    jobs: int,
    progress: Callable[[Summary], None],
    stopped: Callable[[], bool] = _never,
) -> Summary:
    """Run seeds on several cores; they are added up in their order.

    Args:
        options: What is tried.
        seeds: Which seeds.
        jobs: Number of processes; 1 runs everything in this one.
        progress: Called with what has come together so far, after each chunk.
        stopped: Tells whether the campaign is to end now, with what has come together.
    """
    summary = Summary()
    for part in _parts(options, seeds, jobs, stopped):
        summary.add(part)
        progress(summary)
        if len(summary.findings) >= FINDINGS_MAX:
            break
    return summary


def _parts(
    options: Options, seeds: range, jobs: int, stopped: Callable[[], bool]
) -> Iterator[Summary]:
    chunks = (seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK))
    if jobs == 1:
        subject = make_subject(options.profile, options.plan)
        for chunk in chunks:
            yield run_seeds(subject, options, chunk, stopped)
            if stopped():
                return
        return
    others = set(active_children())
    pool = ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(options,))
    whole = False
    try:
        yield from _in_order(pool, chunks, jobs * CHUNKS_AHEAD, stopped)
        whole = not stopped()
    finally:
        if not whole:  # nobody waits for what is under way
            for worker in set(active_children()) - others:
                worker.kill()
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, chunks: Iterator[range], ahead: int, stopped: Callable[[], bool]
) -> Iterator[Summary]:
    """Yield what chunks came to in their order; once stopped, what is done without gaps filled.

    Raises:
        BrokenProcessPool: If a worker is gone, and nobody stopped the campaign.
    """
    under_way = deque(pool.submit(_work, chunk) for chunk in islice(chunks, ahead))
    try:
        while under_way and not stopped():
            if wait((under_way[0],), LOOK_S).done:
                yield under_way.popleft().result()
                under_way.extend(pool.submit(_work, chunk) for chunk in islice(chunks, 1))
    except BrokenProcessPool:  # a signal to the whole group ends workers too
        if not stopped():
            raise
    for one in under_way:
        if one.done() and one.exception() is None:
            yield one.result()


_prepared: dict[str, tuple[Subject, Options]] = {}


def _prepare(options: Options) -> None:
    """Make a worker ready, which ends when its parent says so or is gone, and not by Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a fork begins with what its parent does then
    Thread(target=_end_with_parent, daemon=True).start()
    _prepared["here"] = make_subject(options.profile, options.plan), options


def _end_with_parent() -> None:
    """Wait until the parent is gone: one that was killed has told its workers nothing."""
    parent = parent_process()
    assert parent is not None, "a worker has one"
    parent.join()
    os._exit(1)


def _work(chunk: range) -> Summary:
    subject, options = _prepared["here"]
    return run_seeds(subject, options, chunk)


def _is_twice(options: Options, seed: int) -> bool:
    return bool(options.twice_every) and seed % options.twice_every == 0
