"""What rules need around the science: digests of code, progress, a lock."""
