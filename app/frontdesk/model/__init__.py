"""What is true of enquiries, with no input or output: leads, events, and what these add up to."""
