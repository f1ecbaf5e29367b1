"""One turn of a conversation: what to do with a message, and what to say."""
