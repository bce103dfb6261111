"""Number and text types of a profile, bounded by what the wire protocol can carry."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from mesodrive.document_text import VISIBLE

I32_MAX: Final = (1 << 31) - 1
"""LIMITS_ARE carries limits as i32, so no limit may be larger."""
U16_MAX: Final = (1 << 16) - 1
"""Steps and FIT carry depth, needle length and bore as u16."""
U8_MAX: Final = (1 << 8) - 1

Count = Annotated[int, Field(ge=1, le=I32_MAX)]
"""A number of things, or any amount that must not be zero."""
Amount = Annotated[int, Field(ge=0, le=I32_MAX)]
"""Any amount that may be zero."""
Length = Annotated[int, Field(ge=1, le=U16_MAX)]
"""A depth or needle length, um."""
Bore = Annotated[int, Field(ge=0, le=U16_MAX)]
"""An inner diameter, um; 0 is a solid needle."""
Celsius = Annotated[int, Field(ge=-40_000, le=125_000)]
"""A temperature within the range of electronic parts, 0.001 C."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
"""A name that is also a file name: lower case, digits, hyphens."""
Title = Annotated[str, Field(min_length=1, max_length=80), VISIBLE]
"""A line that people read."""
Wire16 = Annotated[str, Field(pattern=r"^[!-~]([ -~]{0,14}[!-~])?$", max_length=16)]
"""Text that IDENTITY carries in 16 bytes: printable ASCII without outer spaces."""
PartName = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$", max_length=32)]
"""The short name of a needle or syringe, such as `30G-4`."""
Note = Annotated[str, Field(min_length=3, max_length=500), VISIBLE]
"""Where a number comes from, or `estimate: why`."""
Notes = Annotated[
    Mapping[str, Note],
    Field(description="For each number of this section: its source, or 'estimate: why'."),
]
"""One note for each number of a section."""
