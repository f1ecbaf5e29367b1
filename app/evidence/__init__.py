"""Optional evidence: sentence embeddings and a selector, in process or behind an HTTP service.

Implements ports of `matching` and `dialogue`. Nothing here decides or writes a reply; whatever is
late, broken or away counts as no opinion.
"""
