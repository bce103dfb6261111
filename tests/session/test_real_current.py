"""Sessions of driver and simulated transdermal units: logs verify, replay and add up in charge."""

import json
from functools import cache

import pytest

from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import SessionSpec
from mesodrive.core.view import View
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import end_facts, replay
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World
from support.electric_specs import ionto, mixed, pulses, readings, unit_session

HOUR_NS = 3_600 * 1_000_000_000
SESSIONS = {
    "ionto-unit": ionto(6),
    "burst-unit": mixed(),
    "pulse-unit": unit_session("pulse-unit", (readings(1), pulses(3))),
}


class Bytes:
    """A disk that keeps everything."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


def begin_of(spec: SessionSpec) -> Begin:
    plain = json.loads(spec.model_dump_json())
    return Begin("0.1.0", plain, "", "", "", "", [], {}, {}, "", "virtual")


@cache
def real_session(name: str) -> tuple[bytes, View]:
    """Run a session in virtual time; return its log and its last view."""
    spec = SESSIONS[name]
    writer, disk = LogWriter(begin_of(spec).to_body(), 0), Bytes()
    device = SimulatedDevice(load_profile(name), seed=1, operator=OperatorModel(seed=1))
    core = DriverCore(spec)
    world = World(core, device, writer=writer, disk=disk)
    world.open_port()
    world.run(HOUR_NS)
    writer.end(world.now_ns, json.dumps(end_facts(core.view())).encode())
    return disk.data + writer.take(), core.view()


@pytest.mark.req("RPL-01")
@pytest.mark.parametrize("name", sorted(SESSIONS))
def test_a_session_of_each_unit_replays_byte_for_byte(name: str) -> None:
    log, view = real_session(name)
    assert (view.ending, view.exit_code, view.alarms) == ("completed", 0, ())
    result = replay(log, driver_core)
    assert result.equal, str(result.divergence)
    assert result.verification.intact


@pytest.mark.req("CMD-06")
@pytest.mark.parametrize("name", sorted(SESSIONS))
def test_the_account_of_a_log_is_the_charge_that_the_unit_has_measured(name: str) -> None:
    log, view = real_session(name)
    found = account(log)
    assert (found.unit, found.lo, found.hi) == ("uC", view.amount_lo, view.amount_hi)
    assert found.booked == (found.lo, found.hi)
    assert 0 < found.lo <= found.hi <= view.amount_planned
    assert view.units_confirmed == view.units_total
