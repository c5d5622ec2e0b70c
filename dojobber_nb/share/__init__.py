"""What must not be in a notebook that is handed on, and how it gets out."""
