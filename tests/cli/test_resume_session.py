"""Sessions that go on from a log at the command line, and what is said and asked then."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mesodrive.app.resuming import ResumeWanted, prepare_resume
from mesodrive.cli.answering import Answering
from mesodrive.cli.conductor import ENTER, LOST_VIEWS_MAX, REPEATS_MAX, VIEWS_BETWEEN, Conductor
from mesodrive.cli.evidence import show_evidence
from mesodrive.cli.wording import question, uncertain
from mesodrive.core.driver import DriverCore
from mesodrive.session.evidence import evidence_of
from mesodrive.session.resume import resume_spec
from mesodrive.session.resume_errors import LogInUseError
from mesodrive.session.walk import Walk
from support.guns import Cli, control_of, gun, wait_for_end
from support.killing import kill, resumed
from support.plans import write_plan
from support.specs import deliver, pen_session, session
from support.worlds import Session

Run = Callable[..., tuple[int, str]]
LAPSES_MAX = 10
"""A computer that is busy, or its disk, may lose the lease of 200 ms or the device so often."""
ANSWER = ("--resolve-who", "Tester", "--resolve-why", "nobody is treated")


def logs_in(folder: Path) -> list[Path]:
    return sorted((folder / "logs").glob("*.mdlog"), key=lambda log: log.stat().st_ctime_ns)


@pytest.mark.req("CMD-01")
@pytest.mark.req("CMD-04")
@pytest.mark.req("SEC-05")
def test_a_session_whose_control_process_was_killed_goes_on_in_a_new_one(
    cli: Run, tmp_path: Path
) -> None:
    plan = write_plan(tmp_path, 60)
    with gun("nappage-gun", tcp=("127.0.0.1", 0), store=tmp_path / "store") as served:
        port = ("--port", served.port, "--yes", "--logs", "logs")
        with Cli(tmp_path, "run", str(plan), *port) as client:
            client.until("running (")
            (old,) = logs_in(tmp_path)
            with pytest.raises(LogInUseError, match="belongs to a session that still runs"):
                prepare_resume(ResumeWanted(old, served.port))
            pid = control_of(client.process)
            os.kill(pid, signal.SIGKILL)
            wait_for_end(pid)
            code, said = client.end()
            assert code == 7
        code, said = cli("run", "--resume", str(old), *port, "--clear", *ANSWER)
        (new,) = set(logs_in(tmp_path)) - {old}
        for _ in range(LAPSES_MAX):
            if code not in {5, 6}:
                break
            assert "latched: lease" in said or "latched: stop" in said, said
            last = str(logs_in(tmp_path)[-1])
            code, said = cli("run", "--resume", last, *port, "--clear", *ANSWER)
        assert code in (0, 7), said
        assert "Going on with treatment T-1 on SIM-0001, from its log." in said
        assert "Session completed." in said
        code, said = cli("run", "--resume", str(old), *port)
        assert code == 3
        assert "was resumed already" in said
        code, said = cli("run", "--resume", str(logs_in(tmp_path)[-1]), *port, "--json")
        assert code == 3
        assert json.loads(said.splitlines()[-1])["error"]["code"] == "log-completed"
    # Had a power cut taken the new log before its first seal, the old one would count again.
    _, _, _, end = next(iter(Walk(new.read_bytes())))
    new.write_bytes(new.read_bytes()[:end])
    assert prepare_resume(ResumeWanted(old, served.port)).evidence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--resume", "x.mdlog", "plan.yaml"), "takes plan, profile and treatment from the log"),
        (("--resume", "x.mdlog", "--treatment", "T-9"), "from the log"),
        ((), "name a PLAN, or a log with --resume"),
        (("plan.yaml", "--resolve-who", "me"), "belong together"),
        (("plan.yaml", "--resolve-who", " ", "--resolve-why", "x"), "1 to 200 characters"),
    ],
)
def test_words_that_contradict_each_other_are_refused(
    cli: Run, words: tuple[str, ...], said: str
) -> None:
    code, output = cli("run", "--port", "sim:nappage-gun", "--yes", *words)
    assert code == 2
    assert said in " ".join(output.split())


def test_a_log_that_is_not_there_or_is_none_is_refused(cli: Run, tmp_path: Path) -> None:
    words = ("run", "--port", "sim:nappage-gun", "--yes", "--resume")
    assert cli(*words, "missing.mdlog")[0] == 9
    (tmp_path / "empty.mdlog").touch()
    assert cli(*words, "empty.mdlog")[0] == 9
    (tmp_path / "other.mdlog").write_bytes(b"something else")
    code, said = cli(*words, "other.mdlog")
    assert code == 9
    assert "no session log" in said


def test_a_port_that_cannot_be_opened_is_refused_before_it_reads_as_if_it_went_on(
    cli: Run, tmp_path: Path
) -> None:
    plan = str(write_plan(tmp_path, 60))
    words = ("run", plan, "--port", "sim:nappage-gun", "--yes", "--logs", "logs")
    with Cli(tmp_path, *words) as client:
        client.until("running (")
        client.process.send_signal(signal.SIGINT)
        client.end()
    (log,) = logs_in(tmp_path)
    for port in ("/dev/does-not-exist", "nowhere:9", "sim:no-such-device"):
        code, said = cli("run", "--resume", str(log), "--port", port, "--yes")
        assert code == 4, said
        assert port in said
        assert "Going on" not in said


def killed_log(seconds: float = 2.6) -> bytes:
    world = Session(session(deliver(12, dose_nl=2_000))).begin()
    return kill(world.lasting(seconds))


def test_what_a_log_proves_is_said_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    spec = resume_spec(killed_log(), nonce=1, first_rid=1)
    found = evidence_of(spec)
    show_evidence(found, as_json=False)
    said = capsys.readouterr().out
    assert f"{found.units_done} of 12 units delivered wholly" in said
    first = found.uncertain[0].number
    assert f"Uncertain  pricks {first}, {first + 1}" in said
    assert "of zone cheek: [0.0 uL," in said
    assert "skipped and never repeated" in said
    assert f"Left       {found.units_left} units" in said
    assert found.units_done + len(found.uncertain) + found.units_left == 12
    show_evidence(found, as_json=True)
    assert json.loads(capsys.readouterr().out)["units_done"] == found.units_done


def test_nothing_uncertain_is_said_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    spec = resume_spec(killed_log(1.0), nonce=1, first_rid=1)
    show_evidence(evidence_of(spec), as_json=False)
    assert "Uncertain  nothing" in capsys.readouterr().out
    with pytest.raises(ValueError, match="from no log"):
        evidence_of(session(deliver(3)))


def test_trains_are_counted_in_strokes(capsys: pytest.CaptureFixture[str]) -> None:
    world = Session(pen_session(6)).begin()
    while not world.named("unit"):
        world.lasting(0.05)
    found = evidence_of(resume_spec(kill(world), nonce=1, first_rid=1))
    assert found.unit == "strokes"
    show_evidence(found, as_json=False)
    assert "train" in capsys.readouterr().out


def view(**changes: object) -> dict[str, object]:
    return {**DriverCore(session(deliver(3))).view().to_json(), **changes}


@pytest.mark.req("CMD-07")
def test_a_person_types_who_answers_and_why_and_the_keys_mean_nothing_else() -> None:
    person = Conductor(answer_yes=True, interactive=True, clear=False, resuming=True)
    assert person.on_view(view(awaiting="resolve", state="uncertain")) is None
    assert person.on_key(ENTER) is None
    for key in "A. Prr\x7f, p":
        assert person.on_key(key) is None
    assert person.typed == "who: A. Pr, p_"
    assert person.on_key(ENTER) is None
    for key in "saw it\x1b":
        person.on_key(key)
    assert person.typed == "who: A. Pr, p  why: saw it_"
    assert person.on_key(ENTER) == {"wish": "resolve", "who": "A. Pr, p", "why": "saw it"}
    assert person.on_view(view(awaiting="")) is None
    assert not person.typed


@pytest.mark.req("CMD-07")
def test_without_a_person_only_an_answer_given_beforehand_answers() -> None:
    asked = view(awaiting="resolve", state="uncertain")
    nobody = Conductor(answer_yes=True, interactive=False, clear=False)
    assert nobody.on_view(asked) == "end"
    assert not nobody.typed
    given = Conductor(answer_yes=True, interactive=False, clear=False, answer=("N", "looked"))
    assert given.on_view(asked) == {"wish": "resolve", "who": "N", "why": "looked"}
    assert not given.typed


def test_an_answer_that_led_to_nothing_is_given_again_and_at_last_given_up() -> None:
    nobody = Conductor(answer_yes=True, interactive=False, clear=False, resuming=True)
    asked = view(awaiting="arm", state="loaded")
    said = [nobody.on_view(asked) for _ in range(VIEWS_BETWEEN * REPEATS_MAX + 1)]
    assert [one for one in said if one] == ["arm"] * REPEATS_MAX + ["end"]
    person = Conductor(answer_yes=False, interactive=True, clear=False)
    assert [person.on_view(asked) for _ in range(50)] == [None] * 50


def test_a_lost_device_is_waited_for_a_while_where_nobody_is_there_to_end_it() -> None:
    lost = view(awaiting="", state="uncertain")
    nobody = Conductor(answer_yes=True, interactive=False, clear=False)
    said = [nobody.on_view(lost) for _ in range(LOST_VIEWS_MAX + 1)]
    assert said == [None] * LOST_VIEWS_MAX + ["end"]
    person = Conductor(answer_yes=True, interactive=True, clear=False)
    assert [person.on_view(lost) for _ in range(100)] == [None] * 100


def test_what_is_typed_has_a_bound() -> None:
    answering = Answering()
    for _ in range(300):
        answering.on_key("x")
    assert len(answering.typed) == len("who: _") + 200


def test_a_resumed_device_may_be_cleared_and_gone_on_with_until_it_is_armed() -> None:
    def latched(**changes: object) -> dict[str, object]:
        return view(awaiting="clear", units_confirmed=3, **changes)

    going_on = Conductor(answer_yes=True, interactive=False, clear=True, resuming=True)
    assert going_on.on_view(latched()) == "clear"
    assert going_on.on_view(view(awaiting="resume")) == "resume"
    assert going_on.on_view(view(awaiting="", state="armed")) is None
    assert going_on.on_view(view(awaiting="resume")) == "end"
    assert going_on.on_view(latched(state="faulted")) == "end"
    anew = Conductor(answer_yes=True, interactive=False, clear=True)
    assert anew.on_view(latched()) == "end"


def test_what_nobody_knows_is_shown_by_zone_with_its_most() -> None:
    one = {"zone": "cheek", "units": 2, "amount_hi": 4_000}
    prime = {"zone": "", "units": 1, "amount_hi": 20_000}
    shown = view(awaiting="resolve", uncertain=[one, prime], typed="who: _")
    assert uncertain(shown) == (
        "2 units in zone cheek (0 to 4.0 uL), 1 unit of priming (0 to 20.0 uL)"
    )
    asked = question(shown)
    assert asked.startswith("Nobody can know what became of 2 units in zone cheek")
    assert asked.endswith("who: _")
    nothing = question(view(awaiting="resolve", uncertain=[], typed=""))
    assert "what the device has done since" in nothing


def test_the_view_names_what_is_uncertain_when_the_device_has_gone() -> None:
    world = Session(session(deliver(12, dose_nl=2_000))).begin()
    after = resumed(world, kill(world.lasting(2.6)))
    (zone,) = after.core.view().uncertain
    assert zone.zone == "cheek"
    assert zone.units == after.core.view().units_uncertain
    assert zone.amount_hi == 2_000 * zone.units
