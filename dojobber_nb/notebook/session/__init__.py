"""State shared by the widgets of a dashboard: the run, its history, the calls to its runner, the refresh."""
