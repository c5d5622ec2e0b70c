"""Traceback frames, source code and post-mortem debugging."""
