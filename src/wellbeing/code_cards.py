"""Codes and their cards, made where the staff list is kept."""
