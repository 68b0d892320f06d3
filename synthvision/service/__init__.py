"""What is served over HTTP: the viewer of data sets, the service that runs jobs."""
