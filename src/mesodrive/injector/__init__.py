"""The owner of one device: one thread that holds port, core and log together."""
