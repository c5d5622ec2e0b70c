"""What buttons and clicks mean."""
