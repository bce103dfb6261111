"""JSON Schema of the documents that people write, so that an editor can help them.

The schema knows types, units, bounds and words; rules between fields are only in the models, so
`mesodrive profiles check` has the last word. Render the file again with
`python -m mesodrive.schema_export > device_profiles/schema/profile.schema.json`.
"""

import json
import sys
from typing import Any, Final

from pydantic import TypeAdapter

from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.models import SCHEMA

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]


def profile_schema() -> JsonSchema:
    """Return the JSON Schema of a device profile, draft 2020-12."""
    schema = TypeAdapter(AnyProfile).json_schema(by_alias=True, mode="validation")
    return {
        "$schema": DIALECT,
        "title": f"mesodrive device profile, schema {SCHEMA}",
        "description": "A profile of an injector or of a transdermal unit, by identity.family.",
        **schema,
    }


def rendered(schema: JsonSchema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rendered(profile_schema()))
