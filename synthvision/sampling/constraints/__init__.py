"""What must hold of a scene and its picture: constraints as data, judged on the scene and on its label images."""
