"""What every route does, one by one."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))

from fixtures import *                      # noqa: E402, F401, F403
