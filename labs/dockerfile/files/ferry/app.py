"""Prints today's departures, from departures.csv in the folder in which it is started."""

import csv
from pathlib import Path

with Path("departures.csv").open(encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table):
        print(f"{row['time']}  {row['ship']:<12}  {row['to']}")
