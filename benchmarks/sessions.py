"""Sessions that several benchmarks run: what is delivered, and the whole stack in virtual time."""

import json
from collections.abc import Callable
from typing import NamedTuple

from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import (
    FitSpec,
    ProgramSpec,
    SessionSpec,
    StageSpec,
    StepSpec,
    ZoneRun,
    ZoneSpec,
)
from mesodrive.core.view import View
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import load_profile
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.replay import end_facts
from mesodrive_protocol.enums import Kind, Trigger
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile as load_sim_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import Disk, World

PROFILE = "nappage-gun"
NEEDLE = "30G-4"
SEED = 1
DIFFERENT_STEPS = 64
"""What PROTOCOL.md asks every device to take in one program."""
WASTE_NL = 40_000


def step(units: int, *, dose_nl: int, period_us: int, depth_um: int = 1_500) -> StepSpec:
    """Return equal pricks in a row."""
    return StepSpec(
        units=units,
        depth_um=depth_um,
        dose_nl=dose_nl,
        period_us=period_us,
        flow_nl_s=200_000,
        trigger=Trigger.HELD,
    )


def program(*steps: StepSpec) -> ProgramSpec:
    """Return a delivery of these steps into the one zone."""
    zones = (ZoneRun(zone=0, units=sum(one.units for one in steps)),)
    return ProgramSpec(purpose="deliver", kind=Kind.PRICK, steps=steps, zones=zones)


def different_steps() -> ProgramSpec:
    """Return a program whose steps all differ, one prick each."""
    return program(
        *(
            step(
                1,
                dose_nl=1_000 + 100 * at,
                period_us=150_000 + 1_000 * at,
                depth_um=1_000 + 100 * (at % 8),
            )
            for at in range(DIFFERENT_STEPS)
        )
    )


def prime() -> ProgramSpec:
    """Return what fills the needle before the first prick."""
    steps = StepSpec(
        units=2,
        depth_um=0,
        dose_nl=WASTE_NL // 2,
        period_us=500_000,
        flow_nl_s=100_000,
        trigger=Trigger.HELD,
    )
    return ProgramSpec(purpose="prime", kind=Kind.PRIME, steps=(steps,))


def session(*programs: ProgramSpec, stages: int = 1) -> SessionSpec:
    """Return a session of the gun: in each stage a new syringe, then the programs."""
    loaded = load_profile(PROFILE)
    assert isinstance(loaded.profile, DeviceProfile)
    can = loaded.profile.capabilities
    needle = next(one for one in can.needles if one.name == NEEDLE)
    fit = FitSpec(
        title=NEEDLE,
        needle_um=needle.length_um,
        needle_bore_um=needle.bore_um,
        bore_um=can.syringes[0].bore_um,
        pins=1,
        content_nl=2_000_000,
        lot=1,
    )
    return SessionSpec(
        treatment_id="B-1",
        nonce=0x1122_3344_5566_7788,
        case=77,
        first_rid=1_000,
        profile=loaded.profile,
        profile_hash=loaded.canonical_hash.hex(),
        product="water",
        product_limit_nl=0,
        zones=(ZoneSpec(name="one", area_mm2=10_000, limit_nl=0),),
        stages=tuple(StageSpec(fit=fit, programs=programs) for _ in range(stages)),
    )


def begin_body(spec: SessionSpec) -> bytes:
    """Return a log's first record for a session."""
    return Begin(
        mesodrive="benchmark",
        spec=spec.model_dump(mode="json"),
        profile_yaml="",
        profile_file_hash="",
        plan_yaml="",
        plan_file_hash="",
        layout=[],
        versions={},
        host={},
        started_utc="",
        port="sim",
    ).to_body()


class Ran(NamedTuple):
    """One session that ran in virtual time to its end."""

    virtual_s: float
    steps: int
    """Inputs of core and device together."""
    inputs: int
    """Inputs of the core."""
    view: View
    """The last one."""

    @property
    def frames(self) -> int:
        """Frames both ways."""
        return self.view.link.sent + self.view.link.received


def run_virtual(
    spec: SessionSpec,
    disk: Disk | None,
    *,
    begin: bytes | None = None,
    on_world: Callable[[World], None] | None = None,
) -> Ran:
    """Run a session: core, device with operator and physics, line of 460800 baud, and the log.

    Args:
        spec: What to deliver.
        disk: Takes the log; without one there is no log either.
        begin: The log's first record, where it has been made before.
        on_world: Called before time begins, to add what a benchmark wants to see or to do.

    Raises:
        AssertionError: If the session does not complete with every unit settled.
    """
    core = DriverCore(spec)
    profile = load_sim_profile(spec.profile.identity.profile)
    device = SimulatedDevice(profile, seed=SEED, operator=OperatorModel(seed=SEED))
    writer = None if disk is None else LogWriter(begin or begin_body(spec), 0)
    world = World(core, device, writer=writer, disk=disk)
    if on_world is not None:
        on_world(world)
    world.open_port()
    world.run()
    view = core.view()
    if writer is not None and disk is not None:
        writer.end(world.now_ns, json.dumps(end_facts(view)).encode())
        disk.write(writer.take())
    wanted = sum(one.units for stage in spec.stages for p in stage.programs for one in p.steps)
    settled = len(device.machine.truth)
    if view.ending != "completed" or settled != wanted:
        raise AssertionError(f"the session ended {view.ending} {view.problem}, {settled} units")
    return Ran(world.now_ns / 1e9, world.steps, world.inputs, view)
