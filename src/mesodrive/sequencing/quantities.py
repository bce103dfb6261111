"""Numbers of a plan: written in people's units, kept as whole base units.

A field's alias has the unit that people write (`depth_mm`), its name the base unit (`depth_um`).
A number that is not whole in base units, or out of bounds, is refused and never rounded.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, LiteralString

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mesodrive.errors import QuantityError
from mesodrive.units import UNITS, from_base, to_base

U16_MAX: Final = 0xFFFF
"""Steps carry depth as u16."""
MAP_UM_MAX: Final = 2_000_000
"""A plan's map is a body at most: 2 m each way."""
VOLUME_NL_MAX: Final = 1_000_000_000
"""One litre; every device's own limits are far below."""
TIME_US_MAX: Final = 600_000_000
"""Ten minutes for one unit."""
RATE_MHZ_MAX: Final = 1_000_000
"""A thousand each second."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """How a number with a unit is read; used as a note on `int`."""

    suffix: str
    """Unit that people write, a key of `UNITS`."""
    least: int
    """Least value in base units."""
    most: int
    """Largest value in base units."""
    below: str = ""
    """What is expected in place of a smaller value; both bounds where nothing is said."""

    def read(self, value: object) -> int:
        """Return the number as whole base units.

        Raises:
            PydanticCustomError: If it is no number, not whole, or out of bounds.
        """
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            symbol = UNITS[self.suffix].symbol
            raise refused("quantity-type", f"a number in {symbol}", "write digits, without quotes")
        try:
            base = to_base(value, self.suffix)
        except QuantityError as error:
            raise refused("quantity", error.limit, error.remedy) from error
        if not self.least <= base <= self.most:
            low, high = from_base(self.least, self.suffix), from_base(self.most, self.suffix)
            limit = self.below if self.below and base < self.least else f"{low} to {high}"
            raise refused("quantity-bounds", limit, "check the number and its unit")
        return base

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        scale = Decimal(10) ** UNITS[self.suffix].exponent
        return {
            "type": "number",
            "minimum": float(self.least / scale),
            "maximum": float(self.most / scale),
        }


@dataclass(frozen=True, slots=True)
class AtLeast:
    """How many entries a list needs; used as a note on a tuple.

    Pydantic's own bound counts only entries without a fault, so that one faulty entry would be
    told a second time as a list that is too short.
    """

    entries: int

    def check(self, value: object) -> object:
        """Return the list as it is.

        Raises:
            PydanticCustomError: If it has too few entries.
        """
        if isinstance(value, list) and len(value) < self.entries:
            limit = f"at least {self.entries} entries"
            raise refused("list-short", limit, "add what is missing")
        return value

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "minItems": self.entries}


def refused(code: LiteralString, limit: str, remedy: str) -> PydanticCustomError:
    """Return the refusal of a number or a list: what is expected, and what to do."""
    return PydanticCustomError(
        code,
        "expected {limit}; {remedy}",
        {"limit": limit, "remedy": remedy},
    )


DepthMm = Annotated[int, Quantity("mm", 0, U16_MAX, below="more than 0 mm")]
LengthMm = Annotated[int, Quantity("mm", 1, MAP_UM_MAX)]
MarginMm = Annotated[int, Quantity("mm", 0, MAP_UM_MAX)]
PositionMm = Annotated[int, Quantity("mm", -MAP_UM_MAX, MAP_UM_MAX)]
PointMm = Annotated[tuple[PositionMm, PositionMm], Field(strict=False)]
AngleDeg = Annotated[int, Quantity("deg", -360_000, 360_000)]
VolumeUl = Annotated[int, Quantity("ul", 0, VOLUME_NL_MAX)]
VolumeMl = Annotated[int, Quantity("ml", 1, VOLUME_NL_MAX)]
FlowUlS = Annotated[int, Quantity("ul_s", 1, VOLUME_NL_MAX)]
TimeMs = Annotated[int, Quantity("ms", 0, TIME_US_MAX)]
PeriodMs = Annotated[int, Quantity("ms", 1, TIME_US_MAX)]
RatePerS = Annotated[int, Quantity("per_s", 2, RATE_MHZ_MAX)]
RateHz = Annotated[int, Quantity("hz", 1, RATE_MHZ_MAX)]
Percent = Annotated[int, Quantity("percent", 1, 1_000)]
Concentration = Annotated[int, Quantity("mg_ml", 1, 1_000_000)]
Viscosity = Annotated[int, Quantity("mpa_s", 1, 10_000_000)]
