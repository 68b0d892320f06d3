"""What a labelled set lacks: cells of class, size, occlusion, light and weather, and boxes that look wrong."""
