"""The device's own reading of a profile: flat attributes, no code shared with the host.

Two programs that share a mistake cannot find it, so the simulated device reads the YAML, works
out the canonical hash and knows its limits by itself. It takes what it needs and leaves the
judgement of the document (sources, plausibility) to the host's models.
"""

import hashlib
import json
from dataclasses import MISSING, dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast, get_type_hints

import yaml

from mesodrive_protocol.enums import Kind, LimitField, Trigger

SCHEMA: Final = 1
PROFILE_BYTES_MAX: Final = 1 << 18
"""A shipped profile has about 10 kB; anything beyond this is not a profile."""
_HASHED: Final = ("schema", "identity", "capabilities", "hard_limits", "interlocks", "timing")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SimProfileError(ValueError):
    """A profile that the simulated device cannot be built from; all faults at once."""

    code = "sim-profile"

    def __init__(self, name: str, problems: tuple[str, ...], remedy: str) -> None:
        super().__init__(name, problems, remedy)
        self.name, self.problems, self.remedy = name, problems, remedy

    def __str__(self) -> str:
        said = "; ".join(self.problems).rstrip(".")
        return f"device profile {self.name!r}: {said}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class NeedleChoice:
    """One needle that may be fitted."""

    name: str
    length_um: int
    bore_um: int


@dataclass(frozen=True, slots=True)
class SyringeChoice:
    """One syringe that may be fitted."""

    name: str
    content_nl_max: int
    bore_um: int


@dataclass(frozen=True, slots=True)
class ElectrodeChoice:
    """One electrode that may be fitted."""

    name: str
    area_mm2: int
    uses_max: int | None
    """Cases in which one electrode may be used; None without such a limit."""


def _from(section: str, key: str | None = None, family: str | None = None) -> Any:  # noqa: ANN401 -- stands for any type
    """Say where a value stands; of the devices of another `family` it is 0 or None."""
    return field(metadata={"section": section, "key": key, "family": family})


_ID: Final = "identity"
_CAP: Final = "capabilities"
_HARD: Final = "hard_limits"
_ADVICE: Final = "advisory_limits"
_LOCK: Final = "interlocks"
_TIME: Final = "timing"
_SIM: Final = "simulation"
INJECTOR: Final = "injector"
TRANSDERMAL: Final = "transdermal"


def _needle(section: str) -> Any:  # noqa: ANN401
    return _from(section, family=INJECTOR)


def _electric(section: str, key: str | None = None) -> Any:  # noqa: ANN401
    return _from(section, key, TRANSDERMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimProfile:
    """A device profile as the simulated device sees it.

    Names and units are those of the YAML; an absent limit is None, advisory ones are `advisory_`.
    Null in the `simulation` section is 0, and so is whatever only the other family of devices has.
    """

    profile: str = _from(_ID)
    family: str = _from(_ID)
    """`injector` or `transdermal`."""
    vendor: str = _from(_ID)
    model: str = _from(_ID)
    revision: int = _from(_ID)

    heads: int = _from(_CAP)
    pins: int = _needle(_CAP)
    depth_step_um: int = _needle(_CAP)
    dose_step_nl: int | None = _needle(_CAP)
    current_step_ua: int | None = _electric(_CAP)
    steps_max: int = _from(_CAP)
    units_max: int = _from(_CAP)
    slots: int = _from(_CAP)
    window_bytes: int = _from(_CAP)
    baud: int = _from(_CAP)
    line_break: bool = _from(_CAP)
    signed_frames: bool = _from(_CAP)

    depth_um_min: int = _needle(_HARD)
    depth_um_max: int = _needle(_HARD)
    dose_nl_min: int | None = _from(_HARD)
    dose_nl_max: int | None = _from(_HARD)
    flow_nl_s_max: int | None = _from(_HARD)
    mean_flow_nl_s_max: int | None = _from(_HARD)
    window_60s_nl_max: int | None = _from(_HARD)
    window_10min_nl_max: int | None = _from(_HARD)
    session_nl_max: int | None = _from(_HARD)
    zone_nl_per_cm2_max: int | None = _from(_HARD)
    period_us_min: int | None = _from(_HARD)
    pressure_pa_max: int | None = _from(_HARD)
    dwell_us_max: int | None = _from(_HARD)
    session_units_max: int | None = _from(_HARD)
    session_time_s_max: int | None = _from(_HARD)
    strokes_max: int | None = _from(_HARD)
    rate_mhz_max: int | None = _from(_HARD)
    vacuum_pa_max: int | None = _from(_HARD)

    current_ua_max: int | None = _electric(_HARD)
    mean_current_ua_max: int | None = _electric(_HARD)
    density_ua_cm2_max: int | None = _electric(_HARD)
    density_exfoliated_ua_cm2_max: int | None = _electric(_HARD)
    session_uc_max: int | None = _electric(_HARD)
    voltage_uv_max: int | None = _electric(_HARD)
    pulse_us_min: int | None = _electric(_HARD)
    pulse_us_max: int | None = _electric(_HARD)
    pulses_max: int | None = _electric(_HARD)
    pulse_interval_us_min: int | None = _electric(_HARD)
    energy_uj_max: int | None = _electric(_HARD)
    volt_us_max: int | None = _electric(_HARD)
    carrier_hz_min: int | None = _electric(_HARD)
    carrier_hz_max: int | None = _electric(_HARD)
    gate_mhz_min: int | None = _electric(_HARD)
    gate_mhz_max: int | None = _electric(_HARD)
    ramp_us_min: int | None = _electric(_HARD)
    slice_us_max: int | None = _electric(_HARD)
    pass_pa_min: int | None = _electric(_HARD, "vacuum_pa_min")
    """Least vacuum of an exfoliation pass."""
    passes_max: int | None = _electric(_HARD)
    current_time_s_max: int | None = _electric(_HARD)
    train_time_s_max: int | None = _electric(_HARD)

    advisory_depth_um_max: int | None = _from(_ADVICE, "depth_um_max")
    advisory_session_nl_max: int | None = _from(_ADVICE, "session_nl_max")

    contact: str = _from(_LOCK)
    contact_mn_min: int | None = _from(_LOCK)
    contact_mn_max: int | None = _from(_LOCK)
    vacuum_pa_min: int | None = _from(_LOCK)
    vacuum_pa_abort: int | None = _from(_LOCK)
    vacuum_stable_us: int | None = _from(_LOCK)
    trigger_release_us: int = _from(_LOCK)
    rearm_us: int = _from(_LOCK)
    home_switch: bool = _needle(_LOCK)
    spring_return: bool = _needle(_LOCK)
    load_ohm_min: int | None = _electric(_LOCK)
    load_ohm_max: int | None = _electric(_LOCK)
    contact_ohm_max: int | None = _electric(_LOCK)
    impedance_change_permille: int | None = _electric(_LOCK)

    lease_us: int = _from(_TIME)
    credit_units: int = _from(_TIME)
    arm_fresh_us: int = _from(_TIME)
    session_hold_us: int = _from(_TIME)
    status_fast_us: int = _from(_TIME)
    status_slow_us: int = _from(_TIME)
    answer_us: int = _from(_TIME)
    answer_durable_us: int = _from(_TIME)
    start_us: int = _from(_TIME)
    retract_us: int = _needle(_TIME)
    home_us_max: int = _from(_TIME)
    watchdog_us: int = _from(_TIME)
    disarm_idle_us: int = _from(_TIME)

    electronics_mc_max: int = _from("temperature")
    contact_part_mc_max: int = _from("temperature")

    needle_speed_um_s: int = _from(_SIM)
    needle_accel_um_s2: int = _from(_SIM)
    plunger_lead_um: int = _from(_SIM)
    plunger_steps: int = _from(_SIM)
    backlash_um: int = _from(_SIM)
    compliance_pl_per_pa: int = _from(_SIM)
    viscosity_upa_s: int = _from(_SIM)
    tissue_pressure_pa: int = _from(_SIM)
    tube_length_um: int = _from(_SIM)
    contact_mn: int = _from(_SIM)
    ambient_mc: int = _from(_SIM)
    electronics_rise_mc: int = _from(_SIM)
    thermal_tau_us: int = _from(_SIM)
    supply_uv: int = _from(_SIM)
    vacuum_pa: int = _from(_SIM)
    vacuum_rise_us: int = _from(_SIM)
    store_write_us: int = _from(_SIM)
    skin_rs_ohm_cm2: int = _electric(_SIM)
    skin_rp_ohm_cm2: int = _electric(_SIM)
    skin_cp_nf_cm2: int = _electric(_SIM)
    electrode_ohm: int = _electric(_SIM)

    kinds: frozenset[Kind]
    triggers: frozenset[Trigger]
    needles: tuple[NeedleChoice, ...]
    syringes: tuple[SyringeChoice, ...]
    electrodes: tuple[ElectrodeChoice, ...]
    canonical_hash: bytes
    """SHA-256 that IDENTITY shows and ARM must name, 32 bytes."""

    @property
    def limits_for_wire(self) -> tuple[int, ...]:
        """Values of LIMITS_ARE: limit field n at index n - 1, 0 where there is no such limit."""
        known = {
            LimitField.DEPTH_UM_MIN: self.depth_um_min,
            LimitField.DEPTH_UM_MAX: self.depth_um_max,
            LimitField.DOSE_NL_MIN: self.dose_nl_min,
            LimitField.DOSE_NL_MAX: self.dose_nl_max,
            LimitField.FLOW_NL_S_MAX: self.flow_nl_s_max,
            LimitField.MEAN_NL_S_MAX: self.mean_flow_nl_s_max,
            LimitField.WINDOW_NL_MAX: self.window_60s_nl_max,
            LimitField.CASE_NL_MAX: self.session_nl_max,
            LimitField.PERIOD_US_MIN: self.period_us_min or self.pulse_interval_us_min,
            LimitField.UNITS_MAX: self.units_max,
            LimitField.STEPS_MAX: self.steps_max,
            LimitField.PRESSURE_PA_MAX: self.pressure_pa_max,
            LimitField.STROKES_MAX: self.strokes_max,
            LimitField.RATE_MHZ_MAX: self.rate_mhz_max,
            LimitField.CURRENT_UA_MAX: self.current_ua_max,
            LimitField.DENSITY_UA_CM2_MAX: self.density_ua_cm2_max,
            LimitField.CASE_UC_MAX: self.session_uc_max,
            LimitField.VOLTAGE_UV_MAX: self.voltage_uv_max,
            LimitField.PULSE_US_MAX: self.pulse_us_max,
            LimitField.ENERGY_UJ_MAX: self.energy_uj_max,
            LimitField.RAMP_US_MIN: self.ramp_us_min,
            LimitField.VACUUM_PA_MAX: self.vacuum_pa_max,
            LimitField.DWELL_US_MAX: self.dwell_us_max,
            LimitField.CONTACT_MN_MIN: self.contact_mn_min,
            LimitField.HOME_US_MAX: self.home_us_max,
        }
        return tuple(known.get(limit) or 0 for limit in LimitField)


def profile_names() -> tuple[str, ...]:
    """Return the names of all shipped profiles, sorted."""
    folder = resources.files("mesodrive_profiles")
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml")))


def load_profile(name_or_path: str) -> SimProfile:
    """Read a shipped profile by its name, or any profile by its path.

    Args:
        name_or_path: `nappage-gun`, or a path that ends in `.yaml`.

    Raises:
        SimProfileError: If there is no such profile, or a device cannot be built from it.
    """
    if name_or_path in (names := profile_names()):
        text = (resources.files("mesodrive_profiles") / f"{name_or_path}.yaml").read_text("utf-8")
        return read_profile(text, name_or_path)
    path = Path(name_or_path)
    if path.suffix != ".yaml":
        raise SimProfileError(
            name_or_path, ("no such profile",), f"Shipped are {', '.join(names)}; or give a path."
        )
    try:
        with path.open("rb") as file:
            data = file.read(PROFILE_BYTES_MAX + 1)
        if len(data) > PROFILE_BYTES_MAX:
            raise SimProfileError(
                name_or_path, (f"above {PROFILE_BYTES_MAX} bytes",), "Is it the right file?"
            )
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SimProfileError(name_or_path, (str(error),), "Check path and file.") from error
    return read_profile(text, name_or_path)


def read_profile(text: str, name: str) -> SimProfile:
    """Build the device's view of a profile from its YAML text.

    Args:
        text: The YAML document.
        name: What messages call it.

    Raises:
        SimProfileError: If it is not YAML, of another schema, or lacks a value.
    """
    remedy = "Compare it with a shipped profile."
    try:
        document: Any = yaml.load(text, Loader=_LOADER)  # noqa: S506 -- a safe loader, C or Python
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no date, no text, no end
        raise SimProfileError(name, (f"not YAML: {error}",), remedy) from error
    if not isinstance(document, dict):
        raise SimProfileError(name, ("not a mapping",), remedy)
    parts = cast("dict[str, Any]", document)
    if parts.get("schema") != SCHEMA:
        raise SimProfileError(name, (f"schema is {parts.get('schema')!r}, not {SCHEMA}",), remedy)
    problems: list[str] = []
    identity: Any = parts.get(_ID)
    family = cast("dict[str, Any]", identity).get("family") if isinstance(identity, dict) else None
    if family is not None and family not in (INJECTOR, TRANSDERMAL):
        raise SimProfileError(name, (f"identity.family is {family!r}",), remedy)
    values = _plain_values(parts, family, problems)
    try:
        values |= _lists(parts)
    except (KeyError, TypeError, AttributeError) as error:
        problems.append(f"capabilities: {error!r}")
    try:
        values["canonical_hash"] = canonical_hash(parts)
    except TypeError as error:  # YAML has dates
        problems.append(f"no plain value: {error}")
    if problems:
        raise SimProfileError(name, tuple(problems), remedy)
    return SimProfile(**values)


def _plain_values(parts: dict[str, Any], family: str | None, problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    hints = get_type_hints(SimProfile)
    for item in fields(SimProfile):
        if "section" not in item.metadata:
            continue
        section, key = item.metadata["section"], item.metadata["key"] or item.name
        body: Any = parts.get(section)
        value: Any = MISSING
        if isinstance(body, dict):
            value = cast("dict[str, Any]", body).get(key, MISSING)
        if section == _SIM and value in (None, MISSING):
            value = 0  # a pen has no plunger, a gun no vacuum
        wanted = hints[item.name]
        of = item.metadata["family"]
        if of is not None and family is not None and of != family:
            value = None if wanted == (int | None) else wanted(0)
        elif value is MISSING and wanted == (int | None):
            value = None
        # bool is an int to Python, never to a person who writes a profile
        if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):
            problems.append(f"{section}.{key} is {'missing' if value is MISSING else repr(value)}")
        values[item.name] = value
    return values


def _lists(parts: dict[str, Any]) -> dict[str, Any]:
    capabilities = parts[_CAP]
    electric = parts[_ID]["family"] == TRANSDERMAL
    return {
        "kinds": frozenset(Kind[name.upper()] for name in capabilities["kinds"]),
        "triggers": frozenset(Trigger[name.upper()] for name in capabilities["triggers"]),
        "needles": tuple(
            NeedleChoice(n["name"], n["length_um"], n["bore_um"])
            for n in ([] if electric else capabilities["needles"])
        ),
        "syringes": tuple(
            SyringeChoice(s["name"], s["content_nl_max"], s["bore_um"])
            for s in ([] if electric else capabilities["syringes"])
        ),
        "electrodes": tuple(
            ElectrodeChoice(e["name"], e["area_mm2"], e.get("uses_max"))
            for e in (capabilities["electrodes"] if electric else [])
        ),
    }


def canonical_hash(parts: dict[str, Any]) -> bytes:
    """Return the 32-byte hash that names a profile on the wire.

    Args:
        parts: The parsed YAML. Notes, advice and simulation are not part of the hash.
    """
    kept = {name: _without_sources(parts.get(name)) for name in _HASHED}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def _without_sources(value: object) -> object:
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value).items()
        return {key: _without_sources(inner) for key, inner in entries if key != "sources"}
    if isinstance(value, list):
        return [_without_sources(inner) for inner in cast("list[object]", value)]
    return value
