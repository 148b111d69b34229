"""Measurements against the peers, side by side in one run; see bench/README.md."""
