"""`python -m orangeday`, and the installed `orangeday`."""

import gc

gc.disable()  # until the command is loaded: nothing of that is garbage, and looking for some took a tenth of it all
gc.set_threshold(50_000, 20, 100)

from orangeday.cli import run  # noqa: E402

if __name__ == "__main__":
    run()
