"""The overview of a data set as one HTML file that needs no other file and no network."""
