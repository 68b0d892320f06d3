"""The viewer: a web page to look through one or two data sets."""
