"""One enquiry or revocation: its page, and what people do about it."""
