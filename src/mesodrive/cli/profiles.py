"""`mesodrive profiles`: which devices are known, what each may do, whether a profile is right."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
from pathlib import Path

import click

from mesodrive.cli import options


@click.group()
def profiles() -> None:
    """Show device profiles, and check your own."""


@profiles.command("list")
@options.profiles_dir
@options.as_json
def list_(profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """List the known device profiles."""
    from mesodrive.profile_store import list_profiles, load_profile

    found = [load_profile(name, user_folder=profiles_dir) for name in list_profiles(profiles_dir)]
    if as_json:
        rows = [
            {
                "profile": loaded.profile.identity.profile,
                "title": loaded.profile.identity.title,
                "family": loaded.profile.identity.family,
                "hash": loaded.canonical_hash.hex(),
                "file": loaded.file,
            }
            for loaded in found
        ]
        click.echo(json.dumps({"profiles": rows}))
        return 0
    identities = [loaded.profile.identity for loaded in found]
    width = max((len(identity.profile) for identity in identities), default=0)
    for identity in identities:
        click.echo(f"{identity.profile:<{width}}  {identity.family:<11}  {identity.title}")
    return 0


@profiles.command()
@click.argument("name")
@options.profiles_dir
@options.as_json
def show(name: str, profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """Show a profile: its whole text, with the source of each number."""
    from mesodrive.profile_store import load_profile

    loaded = load_profile(name, user_folder=profiles_dir)
    if as_json:
        facts = {
            "profile": loaded.profile.model_dump(mode="json", by_alias=True),
            "hash": loaded.canonical_hash.hex(),
            "file_hash": loaded.file_hash.hex(),
        }
        click.echo(json.dumps(facts))
        return 0
    click.echo(f"# {loaded.file}, hash {loaded.canonical_hash.hex()}")
    click.echo(loaded.text.rstrip("\n"))
    return 0


@profiles.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
@options.profiles_dir
@options.as_json
def check(names: tuple[str, ...], profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """Check profiles; every fault is told with file, line, column and remedy."""
    from mesodrive.profile_store import load_profile

    hashes = {
        name: load_profile(name, user_folder=profiles_dir).canonical_hash.hex() for name in names
    }
    if as_json:
        click.echo(json.dumps({"correct": hashes}))
        return 0
    for name, digest in hashes.items():
        click.echo(f"{name}: correct, hash {digest}")
    return 0


@profiles.command()
@options.as_json
def schema(as_json: bool) -> int:  # noqa: ARG001, FBT001 -- a schema is JSON anyway
    """Print the JSON Schema of a profile, for an editor."""
    from mesodrive.schema_export import profile_schema, rendered

    click.echo(rendered(profile_schema()), nl=False)
    return 0
