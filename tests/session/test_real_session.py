"""A whole session of driver and simulated gun: its log verifies, replays, adds up and reads."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.conversation import hear, parse, write
from mesodrive.session.format import RecordType
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import end_facts, replay
from mesodrive.session.verify import verify
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World
from support.specs import deliver, session

HOUR_NS = 3_600 * 1_000_000_000
UNITS = 12
DOSE_NL = 2_000


class Bytes:
    """A disk that keeps everything."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


@cache
def real_log(**changed: object) -> bytes:
    spec = session(deliver(UNITS, dose_nl=DOSE_NL))
    begin = Begin(
        "0.1.0", json.loads(spec.model_dump_json()), "", "", "", "", [], {}, {}, "", "virtual"
    )
    writer, disk = LogWriter(begin.to_body(), 0), Bytes()
    device = SimulatedDevice(load_profile("nappage-gun"), seed=1, operator=OperatorModel(seed=1))
    core = DriverCore(spec)
    world = World(core, device, writer=writer, disk=disk)
    world.open_port()
    world.run(HOUR_NS)
    writer.end(world.now_ns, json.dumps(end_facts(core.view()) | changed).encode())
    return disk.data + writer.take()


@pytest.mark.req("RPL-01")
def test_a_real_session_replays_byte_for_byte() -> None:
    result = replay(real_log(), driver_core)
    assert result.equal, str(result.divergence)
    assert result.verification.intact
    assert result.inputs > 100


@pytest.mark.req("RPL-01")
@pytest.mark.parametrize(
    ("name", "value"), [("ending", "stopped"), ("units_confirmed", UNITS + 1), ("amount_lo", None)]
)
def test_an_end_that_says_something_else_than_the_core_is_a_difference(
    name: str, value: object
) -> None:
    log = real_log(**{name: value})
    found = replay(log, driver_core).divergence
    assert found is not None
    assert found.expected == f"{name}={json.dumps(value)}"
    assert found.got.startswith(f"{name}=")
    assert log[found.offset + 8] == RecordType.END
    assert verify(log).intact


@pytest.mark.req("RPL-01")
@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_the_order_of_hashes_changes_nothing(hash_seed: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(real_log())
    program = (
        "import sys; from pathlib import Path; from mesodrive.session.replay import replay;"
        "from mesodrive.session.rebuild import driver_core;"
        "sys.exit(not replay(Path(sys.argv[1]).read_bytes(), driver_core).equal)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", program, path], env=environment, check=False)
    assert done.returncode == 0


@pytest.mark.req("LOG-05")
def test_the_account_of_the_log_is_the_drivers_account() -> None:
    found = account(real_log())
    assert found.ending == "completed"
    assert found.simulated is True
    assert found.booked == (found.ended["lo"], found.ended["hi"])
    assert found.hi == UNITS * DOSE_NL
    assert found.units_open == 0
    assert all(one.closed for one in found.commands.values())


@pytest.mark.req("CMD-01")
def test_the_account_of_a_log_cut_at_any_seal_holds_the_truth() -> None:
    log = real_log()
    truth = 0
    before = 0
    for at in range(0, len(log), 997):
        prefix = log[: verify(log[:at]).sealed_bytes]
        if prefix:
            found = account(prefix)
            assert found.booked[0] <= found.booked[1] <= UNITS * DOSE_NL
            assert before <= found.booked[0]
            before = found.booked[0]
            truth = max(truth, found.booked[1])
    assert truth == UNITS * DOSE_NL


def test_a_real_conversation_reads_back() -> None:
    heard = list(hear(real_log()))
    assert parse(write(heard)) == heard


def abandoned_log(killed_ns: int) -> bytes:
    """Return the log of a session whose device is gone at a time and never comes back."""
    spec = session(deliver(UNITS, dose_nl=DOSE_NL))
    begin = Begin(
        "0.1.0", json.loads(spec.model_dump_json()), "", "", "", "", [], {}, {}, "", "virtual"
    )
    writer, disk, core = LogWriter(begin.to_body(), 0), Bytes(), DriverCore(spec)
    device = SimulatedDevice(load_profile("nappage-gun"), seed=1, operator=OperatorModel(seed=1))
    world = World(core, device, writer=writer, disk=disk)
    world.open_port()
    world.run(killed_ns)
    now_ns = world.now_ns
    inputs = [(In.LOST, b'{"reason":"port-gone"}'), (In.WISH, b'{"wish":"end"}')]
    for _ in range(1_000):
        if core.ended:
            break
        if not inputs:
            now_ns = max(now_ns, core.deadline_ns)
        code, data = inputs.pop(0) if inputs else (In.TICK, b"")
        outputs = core.step(code, data, now_ns)
        writer.add_step(now_ns, code, data, outputs)
        inputs += [(In.DURABLE, body[:4]) for out, body in outputs if out == Out.PERSIST]
    assert core.ended
    writer.end(now_ns, json.dumps(end_facts(core.view())).encode())
    return disk.data + writer.take()


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("killed_ms", range(2_000, 3_200, 110))
def test_after_a_device_that_vanished_units_and_interval_are_the_drivers(killed_ms: int) -> None:
    log = abandoned_log(killed_ms * 1_000_000)
    found = account(log)
    assert found.ending == "abandoned"
    assert found.units_open == found.ended["units_open"]
    assert sum(len(one.open_units) for one in found.commands.values()) == found.units_open
    assert found.booked == (found.lo, found.hi) == (found.ended["lo"], found.ended["hi"])
    assert replay(log, driver_core).equal
    assert verify(log).intact
