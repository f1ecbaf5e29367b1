"""Measurements: `make bench-matching` and `make bench-scale`; nothing of it is shipped."""
