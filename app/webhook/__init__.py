"""The callback endpoint: admits pushes, keeps the deadline, answers retries alike.

It makes no decision about what is said; that is the assistant's.
"""
