"""Driver core and simulated device together in virtual time."""
