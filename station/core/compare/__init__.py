"""What the trials of one visit say beside each other: eyes closed against open, foam against firm, left against right, last against
first.

find.py      `compare`: the way in
model.py     what a comparison is: its value, how sure it is, both bars, the words
registry.py  how a comparison declares itself, and the list of all
visit.py     which trials may stand beside each other
spread.py    how much one person's trials differ by themselves, so what a real difference is
shapes.py    from a difference of logarithms to a ratio, an index, a per cent
sensory.py, limbs.py, load.py, fatigue.py   one family each
"""

from station.core.compare.find import compare as compare
from station.core.compare.model import Bar as Bar
from station.core.compare.model import Comparison as Comparison
from station.core.compare.registry import Kind as Kind
from station.core.compare.registry import kinds as kinds
