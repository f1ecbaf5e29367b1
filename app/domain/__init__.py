"""Frozen values that every layer shares. No clock, no network, no store, no framework."""
