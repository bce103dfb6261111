"""Builds session and core from a begin record, for replay and for going on."""

import json

from pydantic import ValidationError

from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import SessionSpec
from mesodrive.document_text import escaped
from mesodrive.session.begin import Begin, LogUnusableError


def driver_core(begin: Begin) -> DriverCore:
    """Return a fresh core for the session of a log.

    Raises:
        LogUnusableError: If this version of the driver does not understand the specification.
    """
    return DriverCore(session_spec(begin))


def session_spec(begin: Begin) -> SessionSpec:
    """Return the session specification of a log.

    Raises:
        LogUnusableError: If this version of the driver does not understand it.
    """
    try:
        return SessionSpec.model_validate_json(json.dumps(begin.spec))
    except ValidationError as error:
        raise LogUnusableError(None, _first_fault(error)) from error


def _first_fault(error: ValidationError) -> str:
    """Return where the specification is at fault, as one sentence."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the whole"
    said = " ".join(first["msg"].split())
    more = f", and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return (
        "this version of mesodrive does not understand its session specification "
        f"(at {escaped(place)}: {escaped(said)}{more})"
    )
