"""A run on the page: parts that stand alone, the Dashboard that arranges them, and what they know of the run."""
