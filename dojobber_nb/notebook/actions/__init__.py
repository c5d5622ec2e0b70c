"""Buttons and clicks: labels, reasons why a button is disabled, and the command each one gives."""
