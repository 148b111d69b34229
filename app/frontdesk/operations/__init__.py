"""What an operator can do and ask, as plain functions; the command line and pages call the same."""
