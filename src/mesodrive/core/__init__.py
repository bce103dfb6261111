"""The driver without I/O: bytes, wishes and time go in; bytes, events and a deadline come out."""
