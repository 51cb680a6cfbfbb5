"""junit.py STATUS FILE...: prints the slowest tests of JUnit files, then how many passed and failed. (Swift Testing's own sums
count issues, not tests.) Exits with 1 if one failed, if none passed, or if a runner ended with a STATUS other than 0."""

import sys
import xml.etree.ElementTree

SLOWEST = 20

status, *files = sys.argv[1:]
passed = failed = 0
times = []
for file in files:
    for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
        outcomes = {child.tag for child in case}
        is_failed = bool(outcomes & {"failure", "error"})
        failed += is_failed
        passed += not is_failed and "skipped" not in outcomes
        times.append((float(case.get("time", 0)), f"{case.get('classname')} {case.get('name')}"))
# A runner that breaks down writes no failed test.
if status != "0" and not failed: failed = 1

print(f"the {SLOWEST} slowest tests:")
for seconds, name in sorted(times, reverse=True)[:SLOWEST]: print(f"{seconds:8.1f} s  {name}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
