"""Commands of `yibao`."""
