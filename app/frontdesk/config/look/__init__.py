"""`[look]`: how a form looks; its colours, and its files."""
