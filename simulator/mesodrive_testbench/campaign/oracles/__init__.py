"""The invariants I1 to I15, each looked at where something changed, against the machine's truth."""
