"""The review loop: what parents asked in vain, in groups, with proposals; and the report of it."""
