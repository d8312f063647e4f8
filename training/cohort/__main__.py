"""`python -m cohort truth-set NAME`; training is `python -m cohort.run configs/NAME.json`."""

import argparse

from . import truth_set

parser = argparse.ArgumentParser(prog="python -m cohort", description=__doc__)
commands = parser.add_subparsers(dest="command", required=True)
truth_set.add_arguments(commands.add_parser("truth-set", help="write held-out cases to the cache"))
truth_set.main(parser.parse_args())
