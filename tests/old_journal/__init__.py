"""A journal that an earlier version wrote, and what that version made of it.

`write.py` made `journal.tar.gz` and `made_of_it.json` with the version of its day; later versions
read the one and are held against the other.
"""
