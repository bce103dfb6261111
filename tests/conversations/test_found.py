"""What the campaign has found, each as the least script that showed it."""

import pytest

from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.script import MS, Anchor, Injection, S, Script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject
from mesodrive_testbench.campaign.world import CampaignWorld

SUBJECT = make_subject()


def world_of(*injections: Injection) -> CampaignWorld:
    script = Script(
        seed=1, heal_ns=30 * S, disk_ns=2 * MS, line_ns=MS // 2, injections=injections
    )  # fmt: skip
    return CampaignWorld(SUBJECT, script)


def test_a_latch_that_nobody_could_hear_of_raises_its_alarm_once_the_device_is_found_again() -> (
    None
):
    world = world_of(Injection("F11", Anchor.STROKE, 5, 10 * MS, (2 * S, 0)))
    world.run()
    world.watch.at_end()
    assert "lease-expired" in world.watch.signals.raised
    assert world.host.core.view().ending == "completed"


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        (670, "a cut that draws back what earlier units left is no part of its own unit"),
        (4290, "a disk that has failed takes nothing of a process that is killed later"),
        (4503, "a clock that jumps ahead in a push with a blocked needle does not stop the device"),
        (
            10774,
            "a port that comes back before a host knows of its loss is waited for, not spun for",
        ),
        (17114, "a status that denies the rest that was proven does not lead past the latch"),
        (38209, "a STOP while a unit waits for its needle to be seen home has the device wait on"),
        (47990, "so does the STOP of a core that has found itself broken"),
        (65677, "and a head that is taken off meanwhile"),
        (46743, "a LATCHED from before a CLEAR without an answer proves no STOP after the loss"),
        (62008, "nor does it where the STOP comes as soon as the silence is noticed"),
        (59430, "a CLEAR that crosses a new STOP clears nothing, also while it is being written"),
        (58845, "a defect of the core while a lost device is found again ends the recovery"),
        (25911, "who is asked about a unit is told before that the device has latched for a reset"),
        (42782, "what latched a device that was lost is an alarm as soon as it says so"),
        (30570, "a lease that ran out is an alarm beside a defect of the core"),
        (133255, "a plunger that slips within one push excuses that push"),
        (
            139681,
            "the answer to an earlier session's query, sent again, is no answer to this one's",
        ),
        (
            141130,
            "a unit that may be under way is not taken back when its command seems to be over",
        ),
        (163985, "a LATCHED from before the last reset proves no STOP while the device is silent"),
        (981, "behind a log that was never sealed, the log before it is gone on from"),
    ],
)
def test_what_a_seed_once_found_stays_mended(seed: int, found: str) -> None:
    assert run_script(SUBJECT, draw_script(seed)).finding is None, found


def test_a_clock_of_the_device_that_jumps_within_its_lease_brings_the_next_pulse_nearer() -> None:
    subject = make_subject("pulse-unit", "pulses")
    assert run_script(subject, draw_script(7089, None, subject.has)).finding is None
