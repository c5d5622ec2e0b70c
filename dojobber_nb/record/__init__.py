"""Runs on disk, in SQLite: written event by event, read, replayed, and resumed by another process."""
