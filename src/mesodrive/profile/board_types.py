"""What every device's board has, whatever its family: types with the bounds of the protocol."""

from typing import Annotated, Literal

from pydantic import Field

from mesodrive.profile.quantities import U8_MAX, U16_MAX

TriggerName = Literal["single", "held", "none"]

Triggers = Annotated[
    tuple[TriggerName, ...],
    Field(
        strict=False,
        min_length=1,
        max_length=3,
        description="What may let a unit begin: a press each, held down, or none.",
    ),
]
Heads = Annotated[int, Field(ge=1, le=U8_MAX, description="Number of heads.")]
StepsMax = Annotated[int, Field(ge=64, le=U16_MAX, description="Steps of a program.")]
UnitsMax = Annotated[int, Field(ge=1, le=10_000, description="Units of a program.")]
Slots = Annotated[int, Field(ge=32, le=U16_MAX, description="Journal records kept.")]
WindowBytes = Annotated[
    int,
    Field(
        ge=512,
        le=U16_MAX,
        description="Bytes that may be under way unanswered while a program is loaded.",
    ),
]
Baud = Annotated[int, Field(ge=9_600, le=12_000_000, description="Line speed, baud.")]
LineBreak = Annotated[bool, Field(description="The device understands a line break as STOP.")]
SignedFrames = Annotated[bool, Field(description="The device demands signed frames.")]

LeaseUs = Annotated[int, Field(ge=100_000, le=200_000, description="Lease, us.")]
CreditUnits = Annotated[int, Field(ge=1, le=2, description="Units granted ahead.")]
ArmFreshUs = Annotated[
    int, Field(ge=100_000, le=500_000, description="Age of the STATUS that ARM may name, us.")
]
SessionHoldUs = Annotated[
    int,
    Field(
        ge=500_000,
        le=10_000_000,
        description="Silence after which another host may open a session, us.",
    ),
]
StatusFastUs = Annotated[
    int, Field(ge=10_000, le=50_000, description="STATUS while a program is loaded, us.")
]
StatusSlowUs = Annotated[int, Field(ge=50_000, le=500_000, description="STATUS otherwise, us.")]
AnswerUs = Annotated[int, Field(ge=1, le=20_000, description="Answer, us.")]
AnswerDurableUs = Annotated[
    int, Field(ge=1, le=100_000, description="Answer after a durable write, us.")
]
StartUs = Annotated[int, Field(ge=1, le=3_000_000, description="Start to the first answer, us.")]
WatchdogUs = Annotated[int, Field(ge=1_000, le=500_000, description="Watchdog, us.")]
DisarmIdleUs = Annotated[
    int,
    Field(
        ge=1_000_000,
        le=60_000_000,
        description="Time armed without a unit before the device disarms, us.",
    ),
]
TriggerReleaseUs = Annotated[
    int,
    Field(
        ge=30_000,
        le=1_000_000,
        description="Time that the trigger is seen released between single units, us.",
    ),
]
