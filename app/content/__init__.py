"""Content files in, one immutable catalog out: schema, loader, lint."""
