"""Builds the driver's core from a begin record, for replay."""

import json

from pydantic import ValidationError

from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import SessionSpec
from mesodrive.session.begin import Begin, LogUnusableError


def driver_core(begin: Begin) -> DriverCore:
    """Return a fresh core for the session of a log.

    Raises:
        LogUnusableError: If this version of the driver does not understand the specification.
    """
    try:
        spec = SessionSpec.model_validate_json(json.dumps(begin.spec))
    except ValidationError as error:
        raise LogUnusableError(None, f"its specification: {error}") from error
    return DriverCore(spec)
