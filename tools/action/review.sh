#!/usr/bin/env bash
# Check bots, run their conversations, and write what a change means; ends with 1 if any found something.
#
# BOTS: a bot, or a folder of bots. COVERAGE: the least coverage in percent, 0 for none.
# BASE: the revision to compare with; empty for none. OUT: the folder of what is written:
# findings.sarif, tests.xml, coverage.txt, diff.md.
set -u
bots="${BOTS:-.}" out="${OUT:-.statechat}" failed=0
mkdir -p "$out"

statechat check "$bots" --format github || failed=1
statechat check "$bots" --format sarif >"$out/findings.sarif"

statechat test "$bots" --junit "$out/tests.xml" || failed=1

if [ "${COVERAGE:-0}" != 0 ]; then
  statechat test "$bots" --coverage --fail-under "$COVERAGE" >"$out/coverage.txt" || failed=1
  tail -n 20 "$out/coverage.txt"
fi

if [ -n "${BASE:-}" ]; then
  # A shallow clone has the change alone.
  git cat-file -e "$BASE^{commit}" 2>/dev/null || git fetch --quiet --depth 1 origin "$BASE"
  statechat diff "$BASE" --bot "$bots" --format markdown >"$out/diff.md"
  # New findings are shown by `check`; only what cannot be compared is a failure of its own.
  [ $? -le 1 ] || failed=1
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$out/diff.md" >>"$GITHUB_STEP_SUMMARY"; fi
fi
exit "$failed"
