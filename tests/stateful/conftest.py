"""How many programs are tried: few and the same each time, or many and new ones.

pytest tests/stateful                                    what `make test` does
pytest tests/stateful --hypothesis-profile=stateful-long   minutes, another seed each time
"""

from datetime import timedelta

from hypothesis import HealthCheck, Verbosity, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "stateful", derandomize=True, max_examples=60, stateful_step_count=25, deadline=None,
    database=None, suppress_health_check=_SLOW, verbosity=Verbosity.normal,
)  # fmt: skip
settings.register_profile(
    "stateful-long", max_examples=3_000, stateful_step_count=40, deadline=timedelta(seconds=20),
    print_blob=True, suppress_health_check=_SLOW,
)  # fmt: skip
