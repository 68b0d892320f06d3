"""Several labelled sets, rendered and photographed, as one: what is in each, what to take, how to write it."""
