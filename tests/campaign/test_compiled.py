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
SEEDS = 40
TRACES = """
import json, sys
from mesodrive.core import driver
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

subject = make_subject()
traces = [run_script(subject, draw_script(seed)).trace for seed in range(int(sys.argv[1]))]
print(json.dumps({"file": driver.__file__, "traces": traces}))
"""


@pytest.mark.timeout(600)
def test_compiled_and_plain_python_give_the_same_traces() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "compiled.py", sys.executable, "-c", TRACES, str(SEEDS)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not told["file"].endswith(".py")
    subject = make_subject()
    plain = [run_script(subject, draw_script(seed)).trace for seed in range(SEEDS)]
    assert told["traces"] == plain
