"""Seeded sessions under faults on a virtual clock, checked after every step against the truth."""
