"""WeChat's wire format: signatures, envelopes, XML in and out, limits. No HTTP, no store."""
