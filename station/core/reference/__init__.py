"""What may stand beside a number, in this order of trust: the person's own earlier values, seconds that others held, sway of others.

change.py     two visits of one person: what is a real change, what is noise; the band of a trend
prior.py      how much repeats differ, before the person has any
student.py    Student's t
tables.py     the published numbers (data/), each with unit, n, device, source, licence and status
norm.py       whether a published sway value may be shown beside a result, and with which words
holds.py      the same for seconds held, and the marks of timed stances
site.py       percentiles of the people of this station

Which results may be compared with which is in `station.core.usual`.
"""
