"""The report: figures, findings, listings and the page."""
