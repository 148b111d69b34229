"""Where events are kept: the contract in `base`, and the stores that keep it."""
