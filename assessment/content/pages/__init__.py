"""What the site says: its pages in Markdown, their terms, its names, and the values that a page may print."""
