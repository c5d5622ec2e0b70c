"""The widgets of a dashboard, one file each, and what they are made of."""
