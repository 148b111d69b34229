"""The ledger made queryable, in SQLite: disposable, for the segments are the only truth."""
