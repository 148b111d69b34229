"""The operators' pages: see, understand and mend every enquiry in a browser."""
