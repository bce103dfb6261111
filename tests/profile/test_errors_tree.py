"""Errors keep their facts, build their own sentence and survive a process border."""

import pickle

import pytest

from mesodrive.errors import (
    PROBLEMS_SHOWN_MAX,
    DocumentError,
    MesodriveError,
    Problem,
    ProfileNotFoundError,
    QuantityError,
)

PROBLEM = Problem("gun.yaml", 3, 7, "heads", "'one'", "a whole number", "write 1", "int-type")

SAMPLES: tuple[MesodriveError, ...] = (
    MesodriveError("plain"),
    DocumentError((PROBLEM, PROBLEM._replace(line=9))),
    ProfileNotFoundError("napage", ("nappage-gun",), ("nappage-gun", "point-gun")),
    QuantityError("0.0005", "mm", "whole multiples of 0.001 mm", "write fewer decimal places"),
)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda e: type(e).__name__)
def test_an_error_survives_pickling(error: MesodriveError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert copy.remedy == error.remedy


def test_each_kind_of_error_has_its_own_code_and_a_remedy() -> None:
    assert len({type(error).code for error in SAMPLES}) == len(SAMPLES)
    assert all(error.remedy for error in SAMPLES)
    assert [type(error).exit_code for error in SAMPLES] == [70, 3, 3, 3]


def test_a_document_error_has_one_line_for_each_problem() -> None:
    lines = str(SAMPLES[1]).splitlines()
    assert lines[0] == "gun.yaml:3:7: heads: found 'one', expected a whole number; write 1"
    assert len(lines) == 2


def test_a_problem_of_a_whole_file_names_no_line() -> None:
    whole = PROBLEM._replace(line=0, column=0, field="")
    assert str(whole) == "gun.yaml: found 'one', expected a whole number; write 1"


def test_very_many_problems_are_counted_and_not_all_printed() -> None:
    error = DocumentError((PROBLEM,) * (PROBLEMS_SHOWN_MAX + 5))
    lines = str(error).splitlines()
    assert len(lines) == PROBLEMS_SHOWN_MAX + 1
    assert lines[-1] == "gun.yaml: and 5 more; mend these first"


def test_an_unknown_profile_names_those_like_it_and_all_that_exist() -> None:
    assert "did you mean nappage-gun?" in str(SAMPLES[2])
    assert "nappage-gun, point-gun" in str(SAMPLES[2])
    assert "known profiles: none" in str(ProfileNotFoundError("x", (), ()))
