"""What measured tables say: statistics, dead units, claims, comparison with a published run."""
