"""A transdermal unit by hand: slices take their time on its clock, and it reports what flows."""

# ruff: noqa: ANN401
from typing import Any

from mesodrive.core.spec import SessionSpec
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive_protocol.enums import DeviceState, Kind, Outcome
from mesodrive_protocol.messages import Begin, Data, Message, Trace
from mesodrive_protocol.steps import CurrentStep, PulseStep, SpotStep, unpack_step
from support.scripted import Scripted

PERIOD_US = 10_000
FRAME = 20
CONTACT_UV = 12_000_000


class ElectricUnit(Scripted):
    """A device of one of the shipped units; what it measures is what was programmed."""

    kinds = (Kind.CURRENT, Kind.PULSE, Kind.PASS, Kind.MEASURE)

    def __init__(self, spec: SessionSpec) -> None:
        super().__init__(spec)
        self.steps: list[Any] = []
        """Of the program that is being loaded."""
        self.case = 0
        """What the case has had, uC."""
        self.flow_permille = 1_000
        """What really flows, of what its records say."""
        self.traces = True
        """It sends samples."""
        self.trace_no = 0
        self.flow_us = 50_000_000
        """Where the current stands on the device's clock."""

    def status(self, rid: int = 0, **changes: Any) -> Any:
        """Say the state, with a current where one flows."""
        running = self.state is DeviceState.RUNNING and self.kind is Kind.CURRENT
        measured = {"a": 2_000, "b": CONTACT_UV} if running else {}
        return super().status(rid, **{"case_total": self.case, **measured, **changes})

    def work(self) -> None:
        """Do one granted unit, with the samples of its current before its record."""
        armed = self.state in (DeviceState.ARMED, DeviceState.RUNNING)
        if not armed or self.next >= self.upto or self.kind is not Kind.CURRENT:
            super().work()
            return
        self.state = DeviceState.RUNNING
        unit, self.next, self.begun = self.next, self.next + 1, self.begun + 1
        charge_uc, begun_us = self.doses[unit], self.flow_us
        self.flow(charge_uc // 5 * self.flow_permille // 1_000)
        self.record(
            unit=unit, lo=charge_uc, hi=charge_uc, begun_us=begun_us,
            took_us=self.flow_us - begun_us, outcome=Outcome.DONE, v1=2_000, v2=CONTACT_UV,
        )  # fmt: skip
        if self.next >= self.units and self.state is DeviceState.RUNNING:
            self.state = DeviceState.LOADED

    def flow(self, level_ua: int, frames: int = 25) -> None:
        """Let a current flow for so many frames of samples."""
        for _ in range(frames):
            samples = ((level_ua, CONTACT_UV),) * FRAME
            if self.traces:
                self.say(
                    Trace(
                        0, self.boot, self.session, self.flow_us, PERIOD_US, self.trace_no, FRAME,
                        0, samples,
                    )
                )  # fmt: skip
            self.trace_no += 1
            self.flow_us += FRAME * PERIOD_US

    def is_beyond(self, step: bytes) -> bool:
        """Tell whether a packed step passes one of the device's limits."""
        profile = self.spec.profile
        assert isinstance(profile, TransdermalProfile)
        hard = profile.hard_limits
        match unpack_step(self.kind, step):
            case CurrentStep(current_ua=current_ua):
                return abs(current_ua) > (hard.current_ua_max or 0)
            case PulseStep(voltage_uv=voltage_uv):
                return abs(voltage_uv) > (hard.voltage_uv_max or 0)
            case SpotStep(vacuum_pa=vacuum_pa) if self.kind is Kind.PASS:
                return vacuum_pa > (hard.vacuum_pa_max or 0)
            case SpotStep(carrier_hz=carrier_hz):
                return carrier_hz < 10_000
            case other:
                raise AssertionError(other)

    def _react(self, message: Any) -> Message | None:
        reply = super()._react(message)
        if isinstance(message, Begin):
            self.doses = []
        elif isinstance(message, Data):
            for data in message.steps:
                step = unpack_step(self.kind, data)
                self.doses += [_amount_uc(step)] * (0 if step is None else step.units)
        return reply


def _amount_uc(step: Any) -> int:
    if isinstance(step, CurrentStep):
        return step.charge_uc
    return -(-step.cap_ua * step.width_us // 1_000_000) if isinstance(step, PulseStep) else 0
