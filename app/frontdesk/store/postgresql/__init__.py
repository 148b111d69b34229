"""The store of several machines: a journal in PostgreSQL, and an index of it."""
