"""Rows and files together: verify them, back them up, restore them, clear what is not needed.

`python -m core.integrity verify|backup|restore|gc` is what the commands of the same names start.
"""
