"""Programs that kill, cut and corrupt at random, and short runs of each as tests."""
