"""What may stand beside a number: the person's own earlier values, published values with their full label, this site's own.

student.py    Student's t
change.py     two visits of one person: what is a real change, what is noise; the band of a trend
tables.py     the published numbers, each with unit, n, device, source, licence and status
norm.py       whether a published sway value may be shown beside a result, and with which words
holds.py      the same for seconds held
site.py       percentiles of the people of this station
"""
