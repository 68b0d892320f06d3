"""Sites: where a scene takes place, as ground pieces with strips on which things stand and move."""
