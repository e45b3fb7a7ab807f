"""What is measured of a network."""
