"""Changing content files as text: only the lines concerned, everything else byte for byte."""
