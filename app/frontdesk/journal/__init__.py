"""The append-only record of submissions and of what became of them; the only truth."""
