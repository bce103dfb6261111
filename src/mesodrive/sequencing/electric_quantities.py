"""Numbers with a unit in a plan for the transdermal unit, read as in `quantities`."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from mesodrive.errors import QuantityError
from mesodrive.sequencing.quantities import U16_MAX, Quantity, refused
from mesodrive.units import from_base, to_base

UC_PER_UA_MIN: Final = 60
"""One uA for a minute is 60 uC."""
CURRENT_UA_MAX: Final = 0x7FFF
"""Steps carry current as i16."""
DOSE_UA_MIN_MAX: Final = 1_000_000
"""Far above any device: a thousand mA min."""
RAMP_US_MAX: Final = 120_000_000
"""Two minutes: ramps are cut into slices of their own, and a program has room for 64 steps."""
VOLTAGE_UV_MAX: Final = 2_000_000_000
"""Steps carry voltage as i32; four times what the standard allows."""
CAP_UA_MAX: Final = 100_000_000
"""A hundred amperes, more than any pulse through skin."""
VACUUM_PA_MAX: Final = 101_325
"""There is no more vacuum than the air's own pressure."""
INTERVAL_US_MAX: Final = 600_000_000
"""Ten minutes from one unit to the next."""
PULSES_MAX: Final = 10_000
"""Units of one program on any device."""
PASSES_MAX: Final = 100
"""Far above any device."""


@dataclass(frozen=True, slots=True)
class Charge:
    """How a charge in mA min is read into uC; used as a note on `int`.

    A mA min is no power of ten of a uC, so the number is read as thousandths, each 60 uC.
    """

    least_ua_min: int
    most_ua_min: int

    def read(self, value: object) -> int:
        """Return the charge as whole uC.

        Raises:
            PydanticCustomError: If it is no number, not a whole number of uA min, or out of bounds.
        """
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise refused("quantity-type", "a number in mA min", "write digits, without quotes")
        try:
            ua_min = to_base(value, "ma")
        except QuantityError as error:
            limit = "a number of usual size with at most three decimal places"
            raise refused("quantity", limit, error.remedy) from error
        if not self.least_ua_min <= ua_min <= self.most_ua_min:
            low, high = from_base(self.least_ua_min, "ma"), from_base(self.most_ua_min, "ma")
            limit = f"{low} min to {high} min"
            raise refused("quantity-bounds", limit, "check the number and its unit")
        return UC_PER_UA_MIN * ua_min

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "number",
            "minimum": self.least_ua_min / 1_000,
            "maximum": self.most_ua_min / 1_000,
        }


CurrentMa = Annotated[int, Quantity("ma", 1, CURRENT_UA_MAX)]
DoseMaMin = Annotated[int, Charge(1, DOSE_UA_MIN_MAX)]
RampS = Annotated[int, Quantity("s", 1, RAMP_US_MAX)]
VoltageV = Annotated[int, Quantity("v", 1, VOLTAGE_UV_MAX)]
WidthMs = Annotated[int, Quantity("ms", 1, U16_MAX)]
IntervalS = Annotated[int, Quantity("s", 1, INTERVAL_US_MAX)]
IntervalMs = Annotated[int, Quantity("ms", 1, INTERVAL_US_MAX)]
CapMa = Annotated[int, Quantity("ma", 1, CAP_UA_MAX)]
VacuumKpa = Annotated[int, Quantity("kpa", 1, VACUUM_PA_MAX)]
GateHz = Annotated[int, Quantity("hz", 1, U16_MAX)]
CarrierHz = Annotated[int, Field(ge=1, le=U16_MAX)]
PulseCount = Annotated[int, Field(ge=1, le=PULSES_MAX)]
PassCount = Annotated[int, Field(ge=1, le=PASSES_MAX)]
