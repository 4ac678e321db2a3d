"""`python -m station` is `balance-station`."""

from station.cli import main

main()
