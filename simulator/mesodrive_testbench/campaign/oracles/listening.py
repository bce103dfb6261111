"""The machines of the campaign: they tell what they are ordered to do before they do it."""

from typing import Protocol

from mesodrive_simulator.plant import Plant
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import SimProfile


class Listener(Protocol):
    """Who is told of every order to a gun, whoever gives it."""

    def stroke(
        self, now_ns: int, depth_um: int, dose_nl: int, flow_nl_s: int, dwell_us: int
    ) -> None:
        """Hear of a stroke that is about to begin."""
        ...

    def train(self, now_ns: int, depth_um: int, strokes: int, rate_mhz: int) -> None:
        """Hear of a train that is about to begin."""
        ...

    def fitting(self) -> None:
        """Hear that something else is about to be fitted."""
        ...


class WatchedPlant(Plant):
    """A machine with a listener; without one it is like any other."""

    def __init__(self, profile: SimProfile, *, seed: int) -> None:
        self.listener: Listener | None = None
        self.fit_bore: int | None = None
        """Fault: bore of what is truly fitted next, where it is another one than was said."""
        super().__init__(profile, seed=seed)

    def stroke(
        self, now_ns: int, depth_um: int, dose_nl: int, flow_nl_s: int, dwell_us: int
    ) -> None:
        """Tell of a stroke, and carry it out."""
        if self.listener is not None:
            self.listener.stroke(now_ns, depth_um, dose_nl, flow_nl_s, dwell_us)
        super().stroke(now_ns, depth_um, dose_nl, flow_nl_s, dwell_us)

    def train(self, now_ns: int, depth_um: int, strokes: int, rate_mhz: int) -> None:
        """Tell of a train, and carry it out."""
        if self.listener is not None:
            self.listener.train(now_ns, depth_um, strokes, rate_mhz)
        super().train(now_ns, depth_um, strokes, rate_mhz)

    def fit(
        self,
        needle_um: int,
        needle_bore_um: int,
        pins: int,
        syringe_bore_um: int,
        content_nl: int,
        drive_bore_um: int | None = None,
    ) -> None:
        """Tell of a fitting, and fit what is truly there."""
        if self.listener is not None:
            self.listener.fitting()
        if self.fit_bore is not None:
            drive_bore_um, syringe_bore_um = syringe_bore_um, self.fit_bore
        super().fit(needle_um, needle_bore_um, pins, syringe_bore_um, content_nl, drive_bore_um)


class UnitListener(Protocol):
    """Who is told of every unit of a transdermal machine."""

    def unit(self, now_ns: int) -> None:
        """Hear of a slice, pulse, pass or reading that is about to begin."""
        ...


class WatchedTransdermal(TransdermalPlant):
    """A transdermal machine with a listener; without one it is like any other."""

    def __init__(self, profile: SimProfile, *, seed: int) -> None:
        self.listener: UnitListener | None = None
        super().__init__(profile, seed=seed)

    @property
    def drives(self) -> bool:
        """Whether the current source is switched on, whatever it meets."""
        return not self.stage.is_off

    def begin_unit(self, now_ns: int) -> None:
        """Tell of a unit, and let its meters count from now on."""
        if self.listener is not None:
            self.listener.unit(now_ns)
        super().begin_unit(now_ns)
