"""Serve one simulated device: options to parts, signals to a clean end.

`python -m mesodrive_simulator.serve` is the process behind a `sim:` port; `mesodrive-sim serve`
is the same for people.
"""

import argparse
import gc
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Final

from mesodrive_simulator.clock import world_clock
from mesodrive_simulator.firmware.stores import Stores, StoresError
from mesodrive_simulator.links import Link, SocketLink, TcpLink
from mesodrive_simulator.operator import KeysOperator, Operator, OperatorModel
from mesodrive_simulator.serve_errors import ServeError, StoreFileError
from mesodrive_simulator.serving import Keys, ServeLoop, StoreKeeper
from mesodrive_simulator.sim_profile import SimProfileError, load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_simulator.store_file import load_store
from mesodrive_simulator.tracing import FrameTrace
from mesodrive_simulator.truth_file import append_truth

if sys.platform != "win32":
    import termios
    import tty

    from mesodrive_simulator.pty_link import PtyLink

DEFAULT_SERIAL: Final = "SIM-0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What to serve and where; exactly one of `pty`, `tcp` and `fd` is given."""

    profile: str
    pty: Path | None = None
    tcp: tuple[str, int] | None = None
    fd: int | None = None
    baud: int | None = None
    store: Path | None = None
    operator: str = "auto"
    seed: int = 1
    serial: str = DEFAULT_SERIAL
    trace: Path | None = None
    truth: Path | None = None
    keyed: bool = False
    service_key: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served now, for whoever wants to connect."""

    profile: str
    serial: str
    transport: str
    address: str

    @property
    def port(self) -> str:
        """The port to give to a driver."""
        return f"socket://{self.address}" if self.transport == "tcp" else self.address


def serve(options: ServeOptions, announce: Callable[[Serving], None]) -> None:
    """Serve until SIGINT or SIGTERM, the end of a given socket, or the person's q.

    Args:
        options: What and where.
        announce: Called once, when a client may connect.

    Raises:
        SimProfileError: If there is no such profile.
        ServeError: If the place cannot be had or the store cannot be used.
    """
    check_reach(options)
    profile = load_profile(options.profile)
    saved = load_store(options.store) if options.store else None
    stores = _stores(options, saved)
    operator = _operator(options)
    device = SimulatedDevice(
        profile,
        seed=options.seed,
        serial=options.serial,
        stores=stores,
        operator=operator,
        keyed=options.keyed,
    )
    device.device.hold_service_key(held=options.service_key)
    keeper = StoreKeeper(options.store, stores.to_bytes, saved) if options.store else None
    if keeper:
        keeper.keep()  # a file that cannot be written is refused before anybody is told to connect
    link, clock = open_link(options), world_clock()
    try:
        with keyboard(sys.stdin, operator, device) as keys, tracing(options.trace) as trace:
            loop = ServeLoop(
                device,
                link,
                clock,
                baud=options.baud,
                keeper=keeper,
                keys=keys,
                trace=trace,
            )
            with signals_end(loop):
                announce(Serving(profile.profile, options.serial, link.transport, link.address))
                loop.run()
    finally:
        link.close()
        if options.truth:
            device.machine.settle(clock())
            append_truth(options.truth, device.machine.truth)


def keep_what_is_loaded() -> None:
    """Let later collections of garbage pass over all that is there now.

    They then take microseconds, not the tens of milliseconds in which a line would stand still.
    For a process that serves and does nothing else.
    """
    gc.collect()
    gc.freeze()


def check_reach(options: ServeOptions) -> None:
    """Refuse to be reached from elsewhere by messages that nobody has signed (SEC-06).

    Raises:
        ServeError: If the address leaves this machine and the device would take unsigned messages,
            or a pairing key from anybody.
    """
    if options.tcp is None or stays_here(options.tcp[0]):
        return
    place = ":".join(map(str, options.tcp))
    if not options.keyed:
        raise ServeError(
            place, "can be reached by other computers", "Serve on 127.0.0.1, or with --keyed."
        )
    if options.service_key:
        raise ServeError(
            place, "is no place to give a key at", "Pair it on 127.0.0.1 or --pty, with --store."
        )


def stays_here(host: str) -> bool:
    """Tell whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_link(options: ServeOptions) -> Link:
    """Open the one place that the options name.

    Raises:
        ServeError: If it cannot be had.
    """
    if options.tcp:
        return TcpLink(*options.tcp)
    if options.fd is not None:
        try:
            return SocketLink(socket.socket(fileno=options.fd))
        except (OSError, ValueError) as error:
            raise ServeError(
                f"descriptor {options.fd}", "is no socket", "Give a connected one."
            ) from error
    if options.pty is None:
        raise ServeError("serve", "no place was named", "Give --pty, --tcp or --fd.")
    if sys.platform != "win32":
        return PtyLink(options.pty)
    raise ServeError(str(options.pty), "this system has no pseudo-terminals", "Serve with --tcp.")


def _stores(options: ServeOptions, saved: bytes | None) -> Stores:
    try:
        return Stores.from_bytes(saved) if saved else Stores()
    except StoresError as error:
        raise StoreFileError(str(options.store), str(error), "Or name a new file.") from error


def _operator(options: ServeOptions) -> Operator | None:
    if options.operator == "auto":
        return OperatorModel(seed=options.seed)
    return KeysOperator() if options.operator == "keys" else None


@contextmanager
def keyboard(
    terminal: IO[str], operator: Operator | None, device: SimulatedDevice
) -> Generator[Keys | None]:
    """Lend single keys of a terminal to a person at the keyboard, and restore it afterwards.

    Raises:
        ServeError: If keys are wanted and there is no way to read them.
    """
    if not isinstance(operator, KeysOperator):
        yield None
        return
    if sys.platform != "win32":
        fd = terminal.fileno()
        keys = Keys(fd, lambda key, now_ns: operator.press(key, now_ns, device.machine))
        before = termios.tcgetattr(fd) if os.isatty(fd) else None
        if before:
            tty.setcbreak(fd)
        try:
            yield keys
        finally:
            if before:
                termios.tcsetattr(fd, termios.TCSADRAIN, before)
    else:
        raise ServeError("--operator keys", "needs a POSIX terminal", "Use --operator auto.")


@contextmanager
def tracing(path: Path | None) -> Generator[FrameTrace | None]:
    """Write what the device receives to a new file, where one is named.

    Raises:
        ServeError: If the file cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        stream = path.open("w", encoding="ascii")
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise ServeError(str(path), problem, "Name another file.") from error
    with stream:
        yield FrameTrace(stream)


@contextmanager
def signals_end(loop: ServeLoop) -> Generator[None]:
    """Let SIGINT and SIGTERM end a loop; only a main thread has signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- any of them ends
        loop.stop()

    before = [signal.signal(number, end) for number in numbers]
    # A signal that another thread is given does not end this one's wait by itself.
    waker_before = signal.set_wakeup_fd(loop.wake_fd, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(waker_before)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def read_arguments(arguments: Sequence[str]) -> ServeOptions:
    """Read the child's command line; `argparse` ends the process on a wrong one."""
    parser = argparse.ArgumentParser(prog="mesodrive_simulator.serve", description=__doc__)
    parser.add_argument("profile")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--fd", type=int)
    place.add_argument("--pty", type=Path)
    parser.add_argument("--baud", type=int)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--operator", choices=("auto", "none"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serial", default=DEFAULT_SERIAL)
    parser.add_argument("--trace", type=Path)
    parser.add_argument("--truth", type=Path)
    return ServeOptions(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the command line says; return the exit code."""
    options = read_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        serve(options, lambda _: keep_what_is_loaded())
    except SimProfileError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a process's own last word
        return 3
    except ServeError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
