"""The compiled packages of a campaign are the plain ones: same seeds, same traces, to the byte."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

ROOT = Path(__file__).parents[2]
SEEDS = 25
SUBJECTS = [("nappage-gun", "forty-pricks"), ("burst-unit", "bursts"), ("pulse-unit", "pulses")]
TRACES = """
import json, sys
from mesodrive.core import driver
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

traces = []
for profile, plan in json.loads(sys.argv[2]):
    subject = make_subject(profile, plan)
    for seed in range(int(sys.argv[1])):
        traces.append(run_script(subject, draw_script(seed, None, subject.has)).trace)
print(json.dumps({"file": driver.__file__, "traces": traces}))
"""


@pytest.mark.timeout(600)
def test_compiled_and_plain_python_give_the_same_traces() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "compiled.py", sys.executable, "-c", TRACES, str(SEEDS),
         json.dumps(SUBJECTS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not told["file"].endswith(".py")
    plain = [
        run_script(subject, draw_script(seed, None, subject.has)).trace
        for subject in (make_subject(*place) for place in SUBJECTS)
        for seed in range(SEEDS)
    ]
    assert told["traces"] == plain
