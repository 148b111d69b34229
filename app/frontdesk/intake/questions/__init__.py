"""The questions of a form. Each knows how to clean an answer, check it, describe it and mend it.

HTML and JSON are read by the same question, into the same `Reading`; what a page shows of it is
in form.py.
"""
