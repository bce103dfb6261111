"""The device's own program: written from PROTOCOL.md, it shares only the codec with the host."""
