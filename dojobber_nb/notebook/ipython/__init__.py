"""What depends on IPython and the kernel: cell hooks, displays, streams, redaction of cells."""
