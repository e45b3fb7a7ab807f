"""Train and measure the networks of one job."""
