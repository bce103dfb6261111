"""Makes the session log durable: one new file, one thread, reports back by mark."""
