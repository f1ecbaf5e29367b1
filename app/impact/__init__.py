"""What a change of the content does before any parent sees it: replay, compare, preview.

Pure: two assistants (or catalogs) in, findings out. Nothing here reads files, prints or trains.
"""
