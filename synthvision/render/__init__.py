"""Scene to picture and label images, by one of several backends behind the `Renderer` protocol."""
