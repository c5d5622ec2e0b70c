"""Where job code is called and time passes."""
