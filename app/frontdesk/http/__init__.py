"""How others are asked over HTTP: in time, and only where that is wanted."""
