"""The control process: owns the device, the log and the session; people are its clients."""
