"""A software device: firmware, plant and operator, written from PROTOCOL.md."""
