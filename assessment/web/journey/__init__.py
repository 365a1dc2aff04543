"""A leader's journey as its pages show it: one module for each of them, and the run that they read."""
