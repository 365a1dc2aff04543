"""`make serve`: the web and the back room under one parent."""
