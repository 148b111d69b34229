"""The stand-ins of the CRMs, and the demo: used by nothing but its command, and by the tests."""
