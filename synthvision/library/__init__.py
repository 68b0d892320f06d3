"""Asset packs: what can stand in a scene, loaded into plain arrays; knows no renderer and no randomness."""
