"""Models of change, of who left, and of answers in order: what can be estimated, or why it cannot."""
