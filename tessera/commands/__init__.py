"""The commands that speak to a server: each file is one word of the command line."""
