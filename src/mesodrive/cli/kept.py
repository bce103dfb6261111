"""Whether the log of a session that has ended is where it was begun; said beside its summary."""

from pathlib import Path
from typing import Any

import click


def without_a_lost_log(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a summary; a log that is not there is neither named as one nor whole.

    Args:
        facts: Of the session, as its control process told them.
    """
    path = facts["log"]
    if not path or Path(path).exists():
        return {**facts, "log_gone": ""}
    return {**facts, "log": "", "log_whole": False, "log_gone": path}


def show_loss(facts: dict[str, Any]) -> None:
    """Print, for people, what became of a log that is gone or not whole, and what is left of it."""
    if facts["log_gone"]:
        click.echo(
            f"  Log        GONE: {facts['log_gone']} was deleted or moved since it was begun."
        )
        click.echo("             Of a deleted log no copy can be recovered: keep this summary.")
        click.echo("             The device keeps its last records.")
    elif facts["log"] and not facts["log_whole"]:
        click.echo("  Lost       What was cut off, or did not reach the disk, cannot be recovered.")
        click.echo("             `mesodrive log verify` says what is left of the log.")
