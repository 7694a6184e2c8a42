"""A guide to read in a terminal: Markdown laid out for a width, tables that fit, a pager."""
