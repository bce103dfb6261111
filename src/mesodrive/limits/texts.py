"""What each refusal is called and what a person can do about it, by stable code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesodrive.limits.electric_texts import ELECTRIC_TEXTS
from mesodrive.limits.text import Text

LIMIT_TEXTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        **ELECTRIC_TEXTS,
        "profile-other": Text(
            "the plan is for another device", "load the profile that the plan names", "{}"
        ),
        "kind-unsupported": Text(
            "this device cannot do this technique",
            "choose another technique or another profile",
            "one of {}",
        ),
        "trigger-unsupported": Text(
            "this device does not have this trigger mode",
            "choose a trigger the profile lists",
            "one of {}",
        ),
        "head-unknown": Text(
            "this device has no such head", "use a head the profile has", "at most {}"
        ),
        "steps-count": Text("wrong number of steps in a program", "split the program", "1 to {}"),
        "units-count": Text("wrong number of units in a program", "split the program", "1 to {}"),
        "zones-count": Text(
            "the zones of a program do not add up to its units", "report this as our error", "{}"
        ),
        "needle-unknown": Text(
            "this needle is not in the profile", "fit a needle it lists", "one of {}"
        ),
        "syringe-unknown": Text(
            "this syringe is not in the profile", "use a syringe it lists", "one of {}"
        ),
        "pins-wrong": Text(
            "the head does not have this number of needles", "fit the right head", "{}"
        ),
        "syringe-overfull": Text("more than the syringe can hold", "fill less"),
        "depth-low": Text("too shallow", "choose a greater depth", "at least {}"),
        "depth-high": Text("too deep", "choose a smaller depth"),
        "depth-step": Text(
            "depth is not a multiple of the device's step", "round it yourself", "a multiple of {}"
        ),
        "depth-needle": Text("deeper than the needle is long", "use a longer needle or less depth"),
        "depth-zone": Text("deeper than this zone allows", "choose a smaller depth"),
        "depth-prime": Text("priming with the needle out", "prime at depth 0", "{}"),
        "dose-low": Text("dose too small", "choose a greater dose", "at least {}"),
        "dose-high": Text("dose too large", "choose a smaller dose"),
        "dose-step": Text(
            "dose is not a multiple of the device's step", "round it yourself", "a multiple of {}"
        ),
        "dose-impossible": Text("this technique delivers no volume", "leave the dose out"),
        "period-short": Text("too fast", "choose a lower rate", "at least {}"),
        "dwell-long": Text("the needle stays in for too long", "choose a shorter dwell"),
        "unit-too-long": Text(
            "dwell and delivery do not fit between two pricks",
            "choose a lower rate, a shorter dwell or more flow",
        ),
        "flow-low": Text("a dose without flow", "give a flow", "at least {}"),
        "flow-high": Text("flow too high", "choose less flow"),
        "pressure-high": Text(
            "this flow through this needle needs too much pressure",
            "choose less flow or a wider or shorter needle",
        ),
        "mean-flow-high": Text(
            "mean flow too high", "choose a lower rate, or a smaller dose for each prick"
        ),
        "strokes-low": Text("no strokes", "give at least one stroke for each run", "at least {}"),
        "strokes-high": Text("too many strokes in one run", "choose fewer strokes"),
        "strokes-impossible": Text("this technique has no strokes", "leave them out"),
        "rate-low": Text("no stroke rate", "give a stroke rate", "at least {}"),
        "rate-high": Text("stroke rate too high", "choose a lower stroke rate"),
        "run-long": Text("one run takes too long", "choose fewer strokes or a higher stroke rate"),
        "content-short": Text(
            "the syringe does not hold enough for this", "fill more, or deliver less"
        ),
        "fills-count": Text(
            "too many fillings of the syringe", "use a larger syringe or fill more"
        ),
        "spacing-low": Text("points too close together", "choose a greater spacing", "at least {}"),
        "spacing-high": Text("points too far apart", "choose a smaller spacing"),
        "count-high": Text("too many points", "choose a greater spacing or smaller zones"),
        "count-none": Text(
            "no point fits into this zone",
            "choose a smaller margin or spacing, or a larger zone",
            "at least {}",
        ),
        "outline-crossing": Text(
            "the outline crosses or touches itself", "write its corners in order, each once", "{}"
        ),
        "layout-large": Text(
            "the zone's outline is too large for its spacing", "split the zone, or check its units"
        ),
        "zone-volume": Text(
            "too much volume for this zone's area", "choose a smaller dose or a greater spacing"
        ),
        "zone-density": Text(
            "too much volume for each square centimetre between the points",
            "choose a smaller dose or a greater spacing",
        ),
        "zone-overlap": Text(
            "too much volume where zones overlap", "move the zones apart, or choose smaller doses"
        ),
        "zone-small": Text(
            "the zone is too small to have a dose for its area",
            "draw it larger, or check its units",
            "at least {}",
        ),
        "window-60s": Text(
            "too much volume within 60 seconds", "choose a lower rate or a smaller dose"
        ),
        "window-10min": Text(
            "too much volume within 10 minutes", "choose a lower rate or a smaller dose"
        ),
        "session-volume": Text("too much volume for one session", "deliver less"),
        "common-volume": Text(
            "too much volume together with the earlier sessions of this treatment", "deliver less"
        ),
        "product-volume": Text("too much of this product for one session", "deliver less"),
        "lot-volume": Text(
            "too much of this lot for one session", "deliver less or take less of it"
        ),
        "lot-expired": Text(
            "this lot has expired", "use another lot", "a last day of use on {} or later"
        ),
        "session-time": Text("the session takes too long", "split it into two sessions"),
        "advised-depth": Text(
            "deeper than advised", "write the reason under reasons: depth, or choose less depth"
        ),
        "advised-volume": Text(
            "more volume than advised", "write the reason under reasons: volume, or deliver less"
        ),
    }
)
