"""Measures of sway: each a pure function of a `Sway` that declares its unit, its source and when it means nothing."""
