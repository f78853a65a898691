"""Scripts that print what the project is measured by: figures, and speed as ratios of one run."""
