"""Looking through a data set: an index of its records in columns, filters, histograms, thumbnails, overlays."""
