"""A host without a driver for a transdermal unit: frames by hand, electrode and skin in hand."""

from dataclasses import replace
from zlib import crc32

from mesodrive_protocol.codec import FrameDecoder, payload_bytes
from mesodrive_protocol.enums import Code, DeviceState, EventKind, Kind, Reason
from mesodrive_protocol.messages import Begin, Commit, Data, Fit, Message, Record, Trace
from mesodrive_protocol.steps import CurrentStep, PulseStep, SpotStep, Step, pack_step
from mesodrive_simulator.firmware.electric_delivery import ElectricDelivery
from mesodrive_simulator.firmware.limits import amount_of
from mesodrive_simulator.firmware.slices import SliceUnit
from mesodrive_simulator.firmware.stores import Stores
from mesodrive_simulator.plant.electric_model import ElectricFaults
from mesodrive_simulator.plant.electric_truth import ElectricTruth
from mesodrive_simulator.sim_profile import SimProfile, load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from support.firmware import MS, Bench, Reply

FORCE_MN = 5_000
CAP_UV = 40_000_000
RAMP_US = 5_000_000
LEVEL = CurrentStep(
    units=20, current_ua=500, charge_uc=500, slice_us=1_000_000, ramp_us=RAMP_US, carrier_hz=0,
    gate_mhz=0, duty_permille=1000, trigger=2, flags=0,
)  # fmt: skip
"""Twenty slices of a second towards 0.5 mA, which the ramp reaches after five."""
DOWN = LEVEL._replace(units=5, current_ua=0)
BURST = LEVEL._replace(current_ua=2000, charge_uc=1000, carrier_hz=10_000, gate_mhz=2000,
                       duty_permille=500, flags=1)  # fmt: skip
PULSE = PulseStep(
    units=3, width_us=1000, voltage_uv=100_000_000, interval_us=1_000_000, cap_ua=1_000_000,
    energy_uj=100_000, trigger=2, flags=1,
)  # fmt: skip
SPOT = SpotStep(
    units=3, vacuum_pa=20_000, dwell_us=200_000, interval_us=1_000_000, carrier_hz=0, trigger=2
)
READING = SpotStep(
    units=2, vacuum_pa=0, dwell_us=50_000, interval_us=500_000, carrier_hz=20_000, trigger=2
)
STEPS: dict[Kind, Step] = {
    Kind.CURRENT: LEVEL, Kind.PULSE: PULSE, Kind.PASS: SPOT, Kind.MEASURE: READING
}  # fmt: skip
UNIT_OF = {
    Kind.CURRENT: "ionto-unit", Kind.PULSE: "pulse-unit", Kind.PASS: "burst-unit",
    Kind.MEASURE: "ionto-unit",
}  # fmt: skip


class ElectricBench(Bench):
    """One transdermal unit on the bench."""

    def __init__(
        self, name: str | SimProfile = "ionto-unit", *, stores: Stores | None = None,
        drift_ppm: int = 0, keyed: bool = False,
    ) -> None:  # fmt: skip
        self.profile = load_profile(name) if isinstance(name, str) else name
        self.simulated = SimulatedDevice(
            self.profile, seed=1, stores=stores, drift_ppm=drift_ppm, keyed=keyed
        )
        self.device = self.simulated.device
        self.electric = self.simulated.electric
        self.stores = self.simulated.stores
        self.now_ns = 0
        self.boot = 1
        self.session = self.rid = self.commands = self.command = self.units = 0
        self.acking = True
        self.granting = False
        self.decoder = FrameDecoder()
        self.heard: list[Message] = []
        self.heard_signed: list[Message] = []
        self.records: dict[int, Record] = {}
        self.watch = lambda _: None
        self.run(20)

    @property
    def slices(self) -> SliceUnit:
        """The unit under way, as the firmware knows it."""
        delivery = self.device._delivery
        assert isinstance(delivery, ElectricDelivery)
        return delivery.current

    @property
    def traces(self) -> list[Trace]:
        return [m for m in self.heard if isinstance(m, Trace)]

    @property
    def current_ua(self) -> int:
        """What flows now."""
        return self.electric.current_ua(self.now_ns)

    @property
    def truth(self) -> list[ElectricTruth]:
        """What truly happened, up to now."""
        self.electric.settle(self.now_ns)
        return self.electric.truth

    @property
    def true_uc(self) -> float:
        """All charge that ever flowed through the skin."""
        return sum(unit.charge_nc for unit in self.truth) / 1000

    def fit(self, fit_no: int = 1, content_nl: int | None = None, **changes: Reply) -> Code:
        area_mm2 = self.profile.electrodes[0].area_mm2
        fields: dict[str, Reply] = {
            "fit_no": fit_no, "needle_um": 0, "bore_um": 0, "pins": 0, "head": 0,
            "content_nl": content_nl or 0, "area_mm2": area_mm2, "lot": 77, **changes,
        }  # fmt: skip
        return self.code(Fit, *fields.values())

    def ready(self) -> None:
        """Open, fit and test: everything that ARM demands."""
        self.open()
        assert self.fit() == Code.OK
        self.test()

    def begin(self, kind: Kind, steps: list[Step], /, **changes: Reply) -> Begin:
        """Return a BEGIN that suits the steps, with changes."""
        self.commands += 1
        units = sum(step.units for step in steps)
        total = sum(amount_of(kind, step) * step.units for step in steps)
        head = (self.rid + 1, self.boot, self.session)
        cap_uv = CAP_UV if kind == Kind.CURRENT else 0
        command = self.session << 32 | self.commands
        begin = Begin(*head, command, kind, 0, len(steps), units, total, cap_uv)
        return begin._replace(**changes)

    def load(
        self, kind: Kind = Kind.CURRENT, steps: list[Step] | None = None, **changes: Reply
    ) -> Code:
        """Load and commit a program; returns the first code that is not OK."""
        steps = [STEPS[kind]] if steps is None else steps
        begin = self.begin(kind, steps, **changes)
        packed = [pack_step(kind, step) for step in steps]
        code = self.code(Begin, *begin[3:])
        for first in range(0, len(packed), 9):
            part = tuple(packed[first : first + 9])
            if code == Code.OK:
                code = self.code(Data, first, len(part), part)
        if code != Code.OK:
            return code
        crc = crc32(b"".join([payload_bytes(begin), *packed]))
        code = self.code(Commit, begin.command, crc)
        if code == Code.OK:
            self.command, self.units = begin.command, begin.units
        return code

    def hands(self, *, trigger: bool, contact: bool = True) -> None:
        """Trigger and skin."""
        self.electric.set_trigger(self.now_ns, pressed=trigger)
        if contact != (self.electric.contact_mn(self.now_ns) > 0):
            self.electric.set_contact(self.now_ns, FORCE_MN if contact else 0)
        self.simulated.advance(self.now_ns)
        self.listen()

    def go(self, kind: Kind = Kind.CURRENT, steps: list[Step] | None = None) -> None:
        """Load, arm, grant on and hold the trigger: units run."""
        assert self.load(kind, steps) == Code.OK
        self.start()

    def run_to_phase(self, phase: int, span_ms: float = 5000) -> None:
        """Let time pass until the output is in a phase of a unit."""
        self.run_to(lambda: self.electric.phase == phase, span_ms)

    def run_to_current(self, current_ua: int, span_ms: float = 60_000) -> None:
        """Let time pass until so much flows."""
        self.run_to(lambda: abs(self.current_ua) >= current_ua, span_ms)

    def break_(self, **faults: Reply) -> None:
        """Break something, and let the device see it at once."""
        self.electric.set_faults(self.now_ns, replace(self.electric.faults, **faults))
        self.simulated.advance(self.now_ns)
        self.listen()

    def mend(self) -> None:
        """Mend everything."""
        self.electric.set_faults(self.now_ns, ElectricFaults())

    def off_within_ms(self) -> float:
        """Let time pass until nothing flows; return how long that took."""
        from_ns = self.now_ns
        while (
            abs(self.electric.stage.current_ua(self.now_ns)) > 0 and self.now_ns < from_ns + 10**9
        ):
            self.run_until(self.now_ns + MS // 10)
        return (self.now_ns - from_ns) / MS


def running(kind: Kind = Kind.CURRENT, steps: list[Step] | None = None) -> ElectricBench:
    """Return a bench whose units of a kind run."""
    bench = ElectricBench(UNIT_OF[kind])
    bench.ready()
    bench.go(kind, steps)
    return bench


def latched(bench: ElectricBench, reason: Reason) -> Record | None:
    """See the device latched for a reason, and return the record of the unit that ran."""
    bench.run(300)
    status = bench.status
    assert (status.state, Reason(status.reason)) == (DeviceState.LATCHED, reason)
    assert bench.events(EventKind.LATCH)[-1].reason == reason
    return bench.unit_records[-1] if bench.unit_records else None
