"""Multi-turn flows as data: slots found in text, and a machine that asks no more than it must."""
