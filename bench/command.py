"""Runs a command and prints one line of JSON: wall time and the most memory it held.

Usage: python command.py COMMAND [ARGUMENT…]
"""

import json
import resource
import subprocess
import sys
import time

begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
wall_ms = (time.perf_counter() - begun) * 1e3
peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"wallMs": wall_ms, "peakBytes": peak_kib * 1024}))
