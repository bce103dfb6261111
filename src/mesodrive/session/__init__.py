"""The session log, sans-IO: written, walked, verified, replayed and shown. Format: JOURNAL.md."""
