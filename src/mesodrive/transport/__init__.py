"""Byte pipes to a device: serial ports, sockets and whatever a plug-in opens."""
