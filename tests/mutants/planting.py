"""Plants a deliberate defect: one function of shipped code made wrong for as long as a test runs.

A mutant changes a few words in the text of one function. The text is first brought into one form
(`ast.unparse`: no comments, no line breaks, plain numbers), so that a mutant outlives formatting
but not a change of what it breaks: then it says so and has to be thought of anew. Only the
function's code is exchanged, not the function, so it does not matter who imported it by name.
"""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Generator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any, NamedTuple


class Mutant(NamedTuple):
    """One defect, by what it breaks."""

    name: str
    breaks: str
    """What is wrong with it, as a sentence."""
    where: str
    """`module:function` or `module:Class.method`."""
    before: str
    """What stands there, once, as `ast.unparse` writes it."""
    after: str


class MutantError(Exception):
    """A mutant does not fit the code any more."""

    def __init__(self, mutant: Mutant, reason: str) -> None:
        super().__init__(mutant, reason)
        self.mutant, self.reason = mutant, reason

    def __str__(self) -> str:
        return (
            f"mutant {self.mutant.name}: {self.reason} in {self.mutant.where}; "
            "write it anew, so that it still breaks what it names"
        )


@contextmanager
def planted(mutant: Mutant) -> Generator[None]:
    """Let a defect stand in the code for as long as the context lasts.

    Raises:
        MutantError: If the code has no such place.
    """
    function = function_of(mutant)
    sound = function.__code__
    function.__code__ = mutated(mutant, function)
    try:
        yield
    finally:
        function.__code__ = sound


def function_of(mutant: Mutant) -> FunctionType:
    """Return the function that a mutant changes."""
    module_name, _, path = mutant.where.partition(":")
    found: Any = importlib.import_module(module_name)
    for name in path.split("."):
        try:
            found = inspect.getattr_static(found, name)
        except AttributeError:
            raise MutantError(mutant, f"there is no {name!r}") from None
    if isinstance(found, property):
        found = found.fget
    elif isinstance(found, staticmethod | classmethod):
        found = found.__func__
    if not isinstance(found, FunctionType):
        raise MutantError(mutant, "there is no function")
    return found


def mutated(mutant: Mutant, function: FunctionType) -> CodeType:
    """Return the function's code with the mutant's words in place of the sound ones."""
    text = ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(function))))
    times = text.count(mutant.before)
    if times != 1:
        raise MutantError(mutant, f"{mutant.before!r} stands {times} times and not once")
    file = f"<mutant {mutant.name}>"
    whole = compile(text.replace(mutant.before, mutant.after), file, "exec")
    code = next(
        const
        for const in whole.co_consts
        if isinstance(const, CodeType) and const.co_name == function.__name__
    )
    if code.co_freevars != function.__code__.co_freevars:
        raise MutantError(mutant, "names of an enclosing function are used")
    return code
