"""JSON Schema of plans, so that an editor can help while one is written.

Rules between fields and the limits of a device are not in it: `mesodrive plan check` has the last
word. Render the file again with
`python -m mesodrive.plan_schema > device_profiles/schema/plan.schema.json`.
"""

import sys

from pydantic import TypeAdapter

from mesodrive.schema_export import DIALECT, JsonSchema, rendered
from mesodrive.sequencing.plan import SCHEMA
from mesodrive.sequencing.planned import AnyPlan


def plan_schema() -> JsonSchema:
    """Return the JSON Schema of a plan, draft 2020-12: one for each family of devices."""
    either: TypeAdapter[AnyPlan] = TypeAdapter(AnyPlan)
    schema = either.json_schema(by_alias=True, mode="validation")
    schema["title"] = f"mesodrive plan, schema {SCHEMA}"
    return {"$schema": DIALECT, **schema}


if __name__ == "__main__":
    sys.stdout.write(rendered(plan_schema()))
