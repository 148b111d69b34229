"""frontdesk.toml -> Settings."""
