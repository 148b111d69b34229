"""Charts of what came in."""
