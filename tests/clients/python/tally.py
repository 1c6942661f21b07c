"""One line per check in the Test Anything Protocol's words, and the sum: the twin of harness/tally.mjs."""

import sys
import traceback


class Tally:
    def __init__(self, subject):
        self.subject, self.passed, self.failed = subject, 0, 0

    def check(self, sentence):
        """Decorates a function that is run at once; its value, or None if it failed, takes its name."""

        def run(body):
            try:
                value, complaint = body(), None
            except Exception:  # a check may fail in any way
                value, complaint = None, traceback.format_exc()
            if complaint is None:
                self.passed += 1
            else:
                self.failed += 1
            verdict = "not ok" if complaint else "ok"
            print(f"{verdict} {self.passed + self.failed} - {self.subject}: {sentence}", flush=True)
            for line in (complaint or "").splitlines():
                print(f"  # {line}", flush=True)
            return value

        return run

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)
