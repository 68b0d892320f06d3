"""Triangle meshes made by code: revolved profiles, bevelled boxes, swept tubes, sheets, spheres, and their deformation.

Every function is vectorised and pure. Triangles are counter-clockwise from outside, normals are unit vectors that are
split at hard edges, texture coordinate v = 0 is the top of the image.
"""
