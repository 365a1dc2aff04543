"""Files of content/, read with the place of every value: what cannot be used is told by file and line."""
