"""What mean-field theory predicts of untrained networks."""
