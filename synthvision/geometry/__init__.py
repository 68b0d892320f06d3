"""Pure maths of poses, cameras and boxes; knows no scene, no file, no GPU."""
