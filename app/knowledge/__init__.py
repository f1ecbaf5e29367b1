"""What the documents say, ready to be quoted: facts in place, source line, validity."""
