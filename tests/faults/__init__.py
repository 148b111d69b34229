"""Real processes, a real CRM over HTTP, and everything going wrong: see docs/delivery.md."""
