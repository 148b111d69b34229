"""Where lines are kept, and how they are read again; the only truth."""
