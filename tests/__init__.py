"""The tests. Hundreds of programs are started here: where no bytecode is kept, each compiles anew whatever it loads."""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
