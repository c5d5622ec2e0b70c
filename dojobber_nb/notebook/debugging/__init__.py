"""Traceback frames, source code, post-mortem debugging."""
