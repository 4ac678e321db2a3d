"""Guided procedures on the board: calibration and what it shares with the self-test. Pure: readings and answers in, sheets out."""
