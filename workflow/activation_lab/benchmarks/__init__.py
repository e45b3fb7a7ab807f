"""What the pipeline costs, measured: `make bench`."""
