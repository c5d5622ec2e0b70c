"""What this package does to IPython: cell hooks, redaction of outputs, displays, pictures without a kernel."""
