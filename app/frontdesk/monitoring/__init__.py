"""How things stand, and who is told: metrics, /readyz, `status` and alerts."""
