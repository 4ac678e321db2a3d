"""How far to trust a number: the cells' noise, the calibration and the drift of the zero, carried through to every measure.

`instrument` says what is known of the board, `noise` draws what that noise looks like after the low-pass, `draws` measures many disturbed
windows at once, `budget` puts the parts together, `interval` says where the true value lies. The person's own variation is another
thing (`station.core.reference`) and never merged with it.
"""
