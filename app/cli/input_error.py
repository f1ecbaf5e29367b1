"""What is wrong with a file or an option that was given."""

from __future__ import annotations


class InputError(Exception):
    """A line of the file cannot be used; the message is Chinese and names the line."""
