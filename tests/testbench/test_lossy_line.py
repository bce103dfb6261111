"""A line that loses, damages, repeats and delays: each unit is booked once, the truth is held."""

from random import Random

import pytest

from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import SessionSpec
from mesodrive.session.assembler import LogWriter
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World
from support.specs import deliver, session
from support.worlds import TO_DEVICE, TO_HOST, S, Session


class Lossy(Session):
    """A line on which frames are lost, damaged, repeated and held up."""

    def __init__(self, spec: SessionSpec, *, seed: int, permille: int) -> None:
        super().__init__(spec, seed=seed)
        self.permille = permille
        self.draw = Random(seed)

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        draw = self.draw
        if what in (TO_DEVICE, TO_HOST) and data and draw.randrange(1_000) < self.permille:
            fate = draw.randrange(20)
            if fate < 8:
                return
            if fate < 14:
                broken = bytearray(data)
                broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
                data = bytes(broken)
            elif fate < 17:
                super()._push(time_ns + draw.randrange(300_000_000), what, data)
            else:
                time_ns += draw.randrange(300_000_000)
        super()._push(time_ns, what, data)


@pytest.mark.req("LNK-01")
@pytest.mark.req("LNK-02")
@pytest.mark.req("CMD-02")
@pytest.mark.parametrize("permille", [20, 50, 200])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_line_does_each_unit_is_booked_once_and_the_interval_holds_the_truth(
    seed: int, permille: int
) -> None:
    run = Lossy(session(deliver(12)), seed=seed, permille=permille)
    for _ in range(run.draw.randrange(3)):
        wish = run.draw.choice([b'{"wish":"stop"}', b'{"wish":"pause"}'])
        run.wish_at(run.draw.randrange(6 * S), wish)
    run.open_port()
    run.run(30 * S)
    if not run.core.ended:
        run.wish("end")
    run.end(30)
    view = run.core.view()
    assert view.problem.get("code") != "internal-error"
    units = [(one["command"], one["unit"]) for one in run.named("unit") if one["zone"] == 0]
    assert len(units) == len(set(units))
    run.check_truth()
    assert replay(bytes(run.log.data), driver_core).equal


def test_a_world_needs_neither_log_nor_disk_nor_listener() -> None:
    for writer in (None, LogWriter(b'{"format":1,}', 0)):
        operator = OperatorModel(seed=1)
        device = SimulatedDevice(load_profile("nappage-gun"), seed=1, operator=operator)
        plain = World(DriverCore(session(deliver(2))), device, writer=writer, baud=None)
        plain.auto_wishes = False
        plain.open_port()
        plain.run(S)
        assert plain.core.view().awaiting == "start"
        plain.auto_wishes = True
        plain.wish_at(S, b'{"wish":"start"}')
        plain.run(60 * S)
        assert plain.core.exit_code == 0
    assert writer is not None
    assert len(writer.take()) > 1_000
