"""Subjects with a known truth, models trained on them, and the cases the page ships."""
