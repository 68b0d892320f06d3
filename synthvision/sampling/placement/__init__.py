"""Where objects stand: on surfaces, in the air, on each other, in containers, without overlap."""
