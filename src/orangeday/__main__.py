"""`python -m orangeday`, and the installed `orangeday`."""

import gc

gc.set_threshold(50_000, 20, 100)  # what a command loads is never garbage, and looking for some took a tenth of it all

from orangeday.cli import run  # noqa: E402

if __name__ == "__main__":
    run()
