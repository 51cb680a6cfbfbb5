"""junit.py STATUS FILE...: prints the slowest tests of JUnit files, then how many passed and failed. (Swift Testing's own sums
count issues, not tests.) Exits with 1 if one failed, if none passed, or if a runner ended with a STATUS other than 0.
junit.py --failed FILE: prints the tests of a file that failed, each as CLASS NAME.

Beside FILE.xml, FILE-again.xml holds those of its tests that failed beside others and were run once more by themselves: a test
that passes there is told as unsteady."""

import os
import sys
import xml.etree.ElementTree

SLOWEST = 20


def cases(file):
    """Each test of a file: its class and name, whether it failed, whether it was skipped, and its seconds."""
    for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
        outcomes = {child.tag for child in case}
        name = f"{case.get('classname')} {case.get('name')}"
        yield name, bool(outcomes & {"failure", "error"}), "skipped" in outcomes, float(case.get("time", 0))


def main(status, files):
    passed = failed = 0
    times, unsteady = [], []
    for file in files:
        later = file.removesuffix(".xml") + "-again.xml"
        again = {name: is_failed for name, is_failed, _, _ in cases(later)} if os.path.exists(later) else {}
        for name, is_failed, is_skipped, seconds in cases(file):
            if is_failed and again.get(name) is False:
                unsteady.append(name)
                is_failed = False
            failed += is_failed
            passed += not is_failed and not is_skipped
            times.append((seconds, name))
    # A runner that breaks down writes no failed test.
    if status != "0" and not failed: failed = 1
    print(f"the {SLOWEST} slowest tests:")
    for seconds, name in sorted(times, reverse=True)[:SLOWEST]: print(f"{seconds:8.1f} s  {name}")
    for name in unsteady: print(f"unsteady: {name} failed beside others, and passed by itself")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if sys.argv[1] == "--failed":
    for name, is_failed, _, _ in cases(sys.argv[2]):
        if is_failed: print(name)
else:
    sys.exit(main(sys.argv[1], sys.argv[2:]))
