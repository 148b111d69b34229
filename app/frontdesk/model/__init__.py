"""Leads, events, and what the events of a journal add up to; without any input or output."""
