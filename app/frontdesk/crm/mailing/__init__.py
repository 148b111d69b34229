"""What every destination has that sends mail: a server, addresses, templates, and a message."""
