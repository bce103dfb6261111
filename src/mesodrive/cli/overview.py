"""The commands by name and what `--help` says of them; imports nothing, so it comes at once."""

VERSION = "0.1.0"
"""As in pyproject.toml; asking the installation for it takes as long as all the rest together."""

COMMANDS = {
    "demo": ("mesodrive.cli.run", "demo", "A session of 108 pricks on a simulated gun, proven."),
    "devices": ("mesodrive.cli.devices", "devices", "List ports; ask one who is there."),
    "pair": ("mesodrive.cli.pairing", "pair", "Give a device a key for signed messages."),
    "keys": ("mesodrive.cli.pairing", "keys", "Show and forget the keys of paired devices."),
    "profiles": ("mesodrive.cli.profiles", "profiles", "Show and check device profiles."),
    "plan": ("mesodrive.cli.plan", "plan", "Check, show and begin plans."),
    "run": ("mesodrive.cli.run", "run", "Run a plan on a device."),
    "log": ("mesodrive.cli.log", "log", "Verify, show, replay and add up session logs."),
    "paths": ("mesodrive.cli.doctor", "paths", "Show where logs and settings are."),
    "doctor": ("mesodrive.cli.doctor", "doctor", "Look whether this machine can run sessions."),
}
"""By name: module, attribute, what the help says."""

_ABOUT = """\
Usage: mesodrive [OPTIONS] COMMAND [ARGS]...

  Control a mesotherapy injector: check a plan, run it, and prove what was
  delivered.

  Start with `mesodrive demo`: a session on a simulated device.

  This is engineering software. It makes no profile safe on a person.

  Options may also stand in the environment (MESODRIVE_PORT, MESODRIVE_LOGS,
  ...) and in mesodrive.toml, in the working folder or in the settings folder
  that `mesodrive paths` shows.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
"""
_ENDINGS = """\

  Exit codes: 0 done, 2 usage, 3 input refused, 4 port or device, 5 stopped, 6
  fault, 7 ended with an open interval, 8 log damaged but described, 9 log
  unusable, 70 our own error."""


def help_text() -> str:
    """Return what `mesodrive --help` says, for 80 columns, without a last newline."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:{width}}  {says}\n" for name, (_, _, says) in COMMANDS.items()]
    return f"{_ABOUT}{''.join(rows)}{_ENDINGS}"


def version_text() -> str:
    """Return what `mesodrive --version` says."""
    return f"mesodrive {VERSION}"
