"""What the tests that failed printed last, from ctest's JUnit file: at the end, where a long log is read first.

tell_failures.py FILE [LINES]   LINES of each test, 60 by default
"""
import sys
import xml.etree.ElementTree as tree

LINES = int(sys.argv[2]) if len(sys.argv) > 2 else 60
for case in tree.parse(sys.argv[1]).iter("testcase"):
    if case.get("status") not in ("run", "disabled"):
        print(f"\n---- {case.get('name')}, after {float(case.get('time') or 0):.0f} s:")
        print("\n".join((case.findtext("system-out") or "nothing").splitlines()[-LINES:]))
