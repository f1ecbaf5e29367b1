"""From a parent's words to ranked intents: normalise → segment → features → ranker → confidence."""
