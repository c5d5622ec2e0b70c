"""The run on disk: written as it happens, read by anybody, taken up again by another process."""
