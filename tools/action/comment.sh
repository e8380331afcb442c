#!/usr/bin/env bash
# Keep one comment on a pull request that tells what its change means for those who talk with a bot.
#
# GH_TOKEN, REPOSITORY (owner/name), NUMBER of the pull request, OUT: the folder with diff.md.
set -eu
mark="<!-- statechat -->"
page="$OUT/diff.md"
[ -s "$page" ] || exit 0
body="$(mktemp)"
# A comment has at most 65,536 characters.
{ echo "$mark"; head -c 60000 "$page"; } >"$body"
found="$(gh api --paginate "repos/$REPOSITORY/issues/$NUMBER/comments" \
  --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)"
if [ -n "$found" ]; then
  gh api --method PATCH "repos/$REPOSITORY/issues/comments/$found" -F "body=@$body" --silent
else
  gh api --method POST "repos/$REPOSITORY/issues/$NUMBER/comments" -F "body=@$body" --silent
fi
