"""Price lists: asked for by one process, kept in the store, read by all."""
