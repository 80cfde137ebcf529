"""The commands of `snowmesh` on the projects of a mesh: parse options, call one function, print, exit code."""
