"""What came in: the list, its filters, its files, and what is done to many at once."""
