"""The report: a run in one HTML file."""
