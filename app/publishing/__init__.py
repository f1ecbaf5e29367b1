"""Content goes live: revisions in Redis, replicas that follow, files that are watched."""
