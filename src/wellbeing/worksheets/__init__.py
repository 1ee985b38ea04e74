"""What is printed and stays out of every report: empty paper forms, and pages for the counsellor alone."""
