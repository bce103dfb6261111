"""Where the command `mesodrive` begins: what needs no command is answered before anything heavy.

The framework of the command line takes several times as long to import as the interpreter takes
to start. It is imported when a command is wanted, and Ctrl-C meanwhile shows no traceback.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import sys

from mesodrive.cli.overview import help_text, version_text

_ANSWERS = {"--help": help_text, "-h": help_text, "--version": version_text}
_EXIT_STOPPED = 5
"""As in `mesodrive.errors`, whose import costs what is saved here."""


def main() -> int:
    """Run the command line of this process; return its exit code."""
    try:
        words = sys.argv[1:]
        if len(words) == 1 and words[0] in _ANSWERS:
            return _say(_ANSWERS[words[0]]())
        from mesodrive.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("mesodrive: stopped before anything was sent.\n")
        return _EXIT_STOPPED
    return run(words)


def _say(text: str) -> int:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        from mesodrive.cli.failures import report_output

        return report_output(error)
    return 0
