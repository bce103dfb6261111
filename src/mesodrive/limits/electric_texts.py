"""What each refusal of an electrical request is called, and what a person can do about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesodrive.limits.text import Text

ELECTRIC_TEXTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "step-other": Text(
            "a step of another kind than its program", "report this as our error", "steps of {}"
        ),
        "electrode-unknown": Text(
            "this electrode is not in the profile", "fit an electrode it lists", "one of {}"
        ),
        "needle-impossible": Text("this device has no needle and no syringe", "leave it out"),
        "compliance-high": Text(
            "compliance above the highest voltage of the device", "choose a lower compliance"
        ),
        "compliance-none": Text("current without a compliance", "give a compliance", "at least {}"),
        "current-high": Text("too much current", "choose less current"),
        "current-step": Text(
            "current is not a multiple of the device's step",
            "round it yourself",
            "a multiple of {}",
        ),
        "mean-current-high": Text(
            "mean current too high, the step before included",
            "choose less current, a shorter duty, or narrower or rarer pulses",
        ),
        "density-high": Text(
            "too much current for the electrode's area",
            "choose less current or a larger electrode; for pulses a lower cap or longer interval",
        ),
        "density-exfoliated": Text(
            "too much current for this area of exfoliated skin",
            "choose less current or a larger electrode, or let the skin recover",
        ),
        "exfoliated-current": Text(
            "this device may drive no current into exfoliated skin", "let the skin recover first"
        ),
        "charge-low": Text("current without a charge", "give a charge", "at least {}"),
        "charge-high": Text(
            "more charge than the current brings in the time of the slice",
            "choose less charge or longer slices",
        ),
        "session-charge": Text(
            "too much charge for one session", "choose a smaller dose, or split it over sessions"
        ),
        "common-charge": Text(
            "too much charge together with the earlier sessions of this treatment",
            "choose a smaller dose",
        ),
        "slice-long": Text("a slice of current takes too long", "choose shorter slices"),
        "current-time": Text("current flows for too long", "choose a smaller dose"),
        "ramp-short": Text("the current rises too fast", "choose a longer ramp", "at least {}"),
        "ramp-long": Text(
            "the ramp is not over when the time at its level is",
            "choose a shorter ramp or a longer time",
        ),
        "polarity-flips": Text(
            "the polarity changes while current flows",
            "bring the current to zero first",
            "a step to {} between",
        ),
        "carrier-missing": Text(
            "this device drives no direct current", "choose a carrier", "a carrier of at least {}"
        ),
        "carrier-impossible": Text(
            "this device has no carrier", "leave the carrier out", "direct current, {}"
        ),
        "carrier-low": Text("carrier too slow", "choose a faster carrier", "at least {}"),
        "carrier-high": Text("carrier too fast", "choose a slower carrier"),
        "gate-impossible": Text("this device has no gate", "leave the gate out", "{}"),
        "gate-without-carrier": Text(
            "a gate without a carrier", "leave the gate out, or choose a carrier", "{}"
        ),
        "gate-low": Text("gate too slow", "choose a faster gate", "at least {}"),
        "gate-high": Text("gate too fast", "choose a slower gate"),
        "waveform-aliases": Text(
            "the gate is so fast that it mangles the carrier",
            "choose a slower gate or a faster carrier",
            "less than half the carrier, {}",
        ),
        "burst-short": Text(
            "a burst is shorter than one cycle of its carrier",
            "choose a longer duty, a slower gate or a faster carrier",
            "at least {}",
        ),
        "duty-without-gate": Text(
            "a duty without a gate", "leave the duty out, or choose a gate", "{}"
        ),
        "zero-mean-direct": Text(
            "direct current that swings about zero",
            "choose a carrier, or leave zero_mean out",
            "{}",
        ),
        "voltage-none": Text("a pulse without a voltage", "give a voltage", "at least {}"),
        "voltage-high": Text("voltage too high", "choose a lower voltage"),
        "pulse-short": Text("pulse too short", "choose a wider pulse", "at least {}"),
        "pulse-long": Text("pulse too long", "choose a narrower pulse"),
        "pulse-odd": Text(
            "a biphasic pulse without equal halves", "choose an even width", "a multiple of {}"
        ),
        "interval-short": Text("pulses too fast", "choose a longer interval", "at least {}"),
        "interval-within": Text(
            "the next one begins before this one is over", "choose a longer interval", "at least {}"
        ),
        "energy-high": Text(
            "too much energy for one pulse into 500 ohm",
            "choose a lower voltage or a narrower pulse",
        ),
        "energy-together": Text(
            "voltage and width are each within their limit, but together they give one pulse into "
            "500 ohm too much energy",
            "choose a lower voltage or a narrower pulse",
        ),
        "energy-bound-high": Text(
            "the bound on the energy of a pulse is too high", "choose a lower bound"
        ),
        "energy-bound-low": Text(
            "the pulse has more energy into 500 ohm than its own bound",
            "choose a lower voltage, a narrower pulse or a higher bound",
            "at least {}",
        ),
        "cap-high": Text("the current at which a pulse is cut is too high", "choose a lower cap"),
        "pulses-count": Text("too many pulses in one train", "choose fewer pulses"),
        "train-time": Text("the train takes too long", "choose fewer pulses or a shorter interval"),
        "volt-time": Text(
            "too much voltage times width in one train",
            "choose fewer pulses, a lower voltage or narrower pulses",
        ),
        "vacuum-low": Text("too little vacuum to work", "choose more vacuum", "at least {}"),
        "vacuum-high": Text("too much vacuum", "choose less vacuum"),
        "spot-long": Text("the tip stays on one spot for too long", "choose a shorter dwell"),
        "spot-carrier": Text("exfoliation has no carrier", "leave the carrier out", "{}"),
        "passes-count": Text("too many passes over one zone", "choose fewer passes"),
        "reading-vacuum": Text("a reading has no vacuum", "leave the vacuum out", "{}"),
        "reading-low": Text(
            "carrier too slow for a reading: rested skin would look open",
            "choose a faster carrier",
            "at least {}",
        ),
        "reading-high": Text("carrier too fast for a reading", "choose a slower carrier"),
        "zone-electrode": Text(
            "the zone is smaller than the electrode",
            "draw the zone larger, or fit a smaller electrode",
            "at least {}",
        ),
        "skin-state": Text(
            "the zones make another state of the skin",
            "write the state that the skin is in when current flows",
            "{}",
        ),
        "skin-opened": Text(
            "an earlier session of this treatment has opened the skin",
            "write skin: exfoliated, whose limits then hold, or leave the zones with current out",
            "{}",
        ),
        "reading-missing": Text(
            "current on exfoliated skin whose impedance was not read first",
            "add a zone with technique: measure before it",
            "a reading of the {} before it",
        ),
        "ramp-dose": Text(
            "both ramps alone carry more than the dose",
            "choose a shorter ramp, less current or a larger dose",
        ),
        "session-units": Text(
            "too many slices, pulses or spots for one session",
            "choose a smaller dose, fewer pulses or a greater spacing",
        ),
        "advised-density": Text(
            "more current for the electrode's area than advised",
            "write the reason under reasons: density, or choose less current or more area",
        ),
        "advised-voltage": Text(
            "more voltage than advised",
            "write the reason under reasons: voltage, or choose a lower voltage",
        ),
        "advised-volt-time": Text(
            "more voltage times width in one train than advised",
            "write the reason under reasons: volt_time, or choose fewer or narrower pulses",
        ),
    }
)
