"""The widgets, one file each, and the channel that sends their content to the page."""
