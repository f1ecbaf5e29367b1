"""Content goes live: draft, examination, revisions in Redis, replicas that follow."""
