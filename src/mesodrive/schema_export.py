"""JSON Schema of the documents that people write, so that an editor can help them.

The schema knows types, units, bounds and words; rules between fields are only in the models, so
`mesodrive profiles check` has the last word. Render the file again with
`python -m mesodrive.schema_export > device_profiles/schema/profile.schema.json`.
"""

import json
import sys
from typing import Any, Final

from mesodrive.profile.models import SCHEMA, DeviceProfile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]


def profile_schema() -> JsonSchema:
    """Return the JSON Schema of a device profile, draft 2020-12."""
    schema = DeviceProfile.model_json_schema(by_alias=True, mode="validation")
    schema["title"] = f"mesodrive device profile, schema {SCHEMA}"
    return {"$schema": DIALECT, **schema}


def rendered(schema: JsonSchema) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rendered(profile_schema()))
