"""Several machines on one database, and everything between them going wrong."""
