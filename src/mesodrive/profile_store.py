"""Finds device profiles: shipped ones, those of a user folder, and files named by their path."""

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Final

from mesodrive.documents import PROFILE_BYTES_MAX, Document, load_document, read_document, validate
from mesodrive.errors import DocumentError, Problem, ProfileNotFoundError
from mesodrive.profile.any_profile import AnyProfile, model_for
from mesodrive.profile.canonical import canonical_hash

SUFFIX: Final = ".yaml"
PROFILES_MAX: Final = 1_000
"""A user folder with more profiles than this is not a folder of profiles."""


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile with the text that it was read from."""

    profile: AnyProfile
    text: str
    """The whole file, for the session log."""
    file: str
    canonical_hash: bytes
    """32 bytes, compared with the device's IDENTITY and sent in ARM."""
    file_hash: bytes
    """SHA-256 of the file's bytes, for the session log."""


def list_profiles(user_folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of all profiles, sorted; files are not opened, so a broken one is listed.

    Args:
        user_folder: A folder with further profiles.

    Raises:
        DocumentError: If there is no such folder, or a file in it has a shipped profile's name.
    """
    return tuple(sorted({*_shipped_names(), *_user_names(user_folder)}))


def load_profile(name_or_path: str, *, user_folder: Path | None = None) -> LoadedProfile:
    """Return a profile.

    Args:
        name_or_path: A name from `list_profiles`, or a path: anything with a separator or that
            ends in `.yaml` or `.yml`.
        user_folder: A folder with further profiles, not looked at for a path. A file in it with
            a shipped profile's name is refused: whoever wrote it means it to be used.

    Raises:
        ProfileNotFoundError: If there is no profile of this name.
        DocumentError: If the file is wrong, with all problems; or the folder, as by
            `list_profiles`.
    """
    if _is_path(name_or_path):
        return _load(read_document(Path(name_or_path), bytes_max=PROFILE_BYTES_MAX))
    own = frozenset(_user_names(user_folder))
    if name_or_path in _shipped_names():
        source = files("mesodrive_profiles") / f"{name_or_path}{SUFFIX}"
        text = source.read_bytes().decode()
        return _load(load_document(text, file=source.name, bytes_max=PROFILE_BYTES_MAX))
    if user_folder is not None and name_or_path in own:
        path = user_folder / f"{name_or_path}{SUFFIX}"
        return _load(read_document(path, bytes_max=PROFILE_BYTES_MAX))
    known = list_profiles(user_folder)
    close = tuple(difflib.get_close_matches(name_or_path, known, n=3))
    raise ProfileNotFoundError(name_or_path, close, known)


def _is_path(text: str) -> bool:
    """Return whether a text names a file and not a profile."""
    return "/" in text or "\\" in text or text.endswith((SUFFIX, ".yml"))


def _shipped_names() -> Iterator[str]:
    """Yield the names of the profiles in the package."""
    for entry in files("mesodrive_profiles").iterdir():
        if entry.name.endswith(SUFFIX):
            yield entry.name.removesuffix(SUFFIX)


def _user_names(folder: Path | None) -> tuple[str, ...]:
    """Return the names of the profiles in a folder, `PROFILES_MAX` at most.

    Raises:
        DocumentError: If there is no such folder, or a file in it has a shipped profile's name.
    """
    if folder is None:
        return ()
    if not folder.is_dir():
        raise _folder_refused(
            folder, "no folder", "a folder with profiles", "check --profiles-dir", "profiles-dir"
        )
    for name in sorted(_shipped_names()):
        path = folder / f"{name}{SUFFIX}"
        if path.exists():
            raise _folder_refused(
                path,
                f"the name of the shipped profile {name!r}",
                "a name of its own",
                "rename the file and its identity.profile, or remove it",
                "profile-shipped",
            )
    return tuple(path.stem for path in islice(folder.glob(f"*{SUFFIX}"), PROFILES_MAX))


def _folder_refused(path: Path, found: str, expected: str, remedy: str, code: str) -> DocumentError:
    """Return the refusal of a folder, or of a file for its name."""
    return DocumentError((Problem(str(path), 0, 0, "", found, expected, remedy, code),))


def _load(document: Document) -> LoadedProfile:
    """Return the profile in a document.

    Raises:
        DocumentError: If it is wrong, or its name is not that of its file.
    """
    profile = validate(document, model_for(document.data))
    stem = Path(document.file).stem
    if profile.identity.profile != stem:
        line, column = document.place(("identity", "profile"))
        raise DocumentError(
            (
                Problem(
                    document.file,
                    line,
                    column,
                    "identity.profile",
                    repr(profile.identity.profile),
                    f"the name of the file, {stem!r}",
                    "rename the file or the profile",
                    "profile-name",
                ),
            )
        )
    return LoadedProfile(
        profile,
        document.text,
        document.file,
        canonical_hash(profile),
        hashlib.sha256(document.raw).digest(),
    )
