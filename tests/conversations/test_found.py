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
        (981, "behind a log that was never sealed, the log before it is gone on from"),
    ],
)
def test_what_a_seed_once_found_stays_mended(seed: int, found: str) -> None:
    assert run_script(SUBJECT, draw_script(seed)).finding is None, found
