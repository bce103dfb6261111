"""The command line: the first client of the control process."""
