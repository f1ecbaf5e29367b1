"""From a draft to what parents read: shared draft, examination, publication, rollback."""
