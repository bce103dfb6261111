"""Plans for tests that run them."""

from pathlib import Path

SHORT = """\
schema: 1
treatment: T-1
profile: nappage-gun
product:
  name: Saline
  max_ml_per_session: 2
  lots:
    - {{lot: L-1, expiry: 2099-12-31, fraction_percent: 100, max_ml_per_session: 2}}
needle: 30G-4
syringe: {{name: 2mL, fill_ml: 1}}
prime_ul: 20
zones:
  - name: Cheek
    shape: {{type: rectangle, width_mm: {width_mm}, height_mm: 20}}
    technique: nappage
    pattern: line
    spacing_mm: 2
    depth_mm: 1.5
    dose_ul: 5
    flow_ul_s: 200
    rate_per_s: 9
    trigger: held
"""


def write_plan(folder: Path, units: int = 10, **changes: str) -> Path:
    """Write a plan of so many pricks in one line; `changes` replace a line by its key."""
    text = SHORT.format(width_mm=2 * units - 1)
    lines = text.splitlines()
    for key, value in changes.items():
        at = next(n for n, line in enumerate(lines) if line.strip().startswith(f"{key}:"))
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at] = f"{indent}{key}: {value}"
    path = folder / "plan.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
