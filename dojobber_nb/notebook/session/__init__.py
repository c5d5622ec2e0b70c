"""What the parts of a dashboard have in common: the run looked at, its history, calls under way, refreshing."""
