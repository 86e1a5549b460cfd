"""Where the modules are that the tests of the adapters share with others."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "demo"), str(HERE.parent / "python")]
