"""Find secrets and widget state in notebooks before they are shared, and remove them."""
