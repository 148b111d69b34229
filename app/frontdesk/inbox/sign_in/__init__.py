"""Who comes in, and how they prove who they are."""
