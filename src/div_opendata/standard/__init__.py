"""The standard of schemas/ as Python, and the arithmetic that it shares with the rules."""
