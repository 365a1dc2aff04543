"""The search over the texts of the site: pages, questions and terms, found by what a visitor would type."""
