"""The composition root: from documents and a port to a running session."""
