#!/usr/bin/env bash
# What the build server runs: ci.sh validate | plan | apply | drift. Works in GitHub Actions and in GitLab CI.
#
# CHIMEFORM_DIR      the workspace's folder (.)
# CHIMEFORM_ENV      the environment, if the workspace has any
# CHIMEFORM_SECRETS  names of variables that hold secrets, with blanks between them, to be masked in GitHub's logs
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${CHIMEFORM_OUT:-chimeform-out}
workspace=(-C "${CHIMEFORM_DIR:-.}" --no-color)
[ -z "${CHIMEFORM_ENV:-}" ] || workspace+=(--env "$CHIMEFORM_ENV")
mkdir -p "$out"
out=$(cd "$out" && pwd)

host() { python3 "$here/host.py" "$@"; }

# Secrets of the server are masked already; what came from elsewhere is masked here, each line of it.
mask() {
  [ -n "${GITHUB_ACTIONS:-}" ] || return 0
  local name line
  for name in ${CHIMEFORM_SECRETS:-}; do
    while IFS= read -r line || [ -n "$line" ]; do
      [ -z "$line" ] || printf '::add-mask::%s\n' "$line"
    done <<<"${!name:-}"
  done
}

validate() {
  if [ -n "${GITHUB_ACTIONS:-}" ]; then
    chimeform validate "${workspace[@]}" --format github
  else
    chimeform validate "${workspace[@]}" --format junit --output "$out/validate.xml"
  fi
}

# A refused plan (4) and one with unread objects (1) are shown in the comment too, and fail the job afterwards.
plan() {
  local code=0
  rm -f "$out/plan.md" "$out/plan.json"
  chimeform plan "${workspace[@]}" --out "$out/plan.json" --format markdown --output "$out/plan.md" || code=$?
  if [ -s "$out/plan.md" ]; then host comment "$out/plan.md"; fi
  return "$code"
}

# Exactly the plan that was reviewed; chimeform checks its fingerprint, and refuses it when the world has moved on.
apply() {
  host fetch-plan "$out/plan.json"
  chimeform apply "$out/plan.json" "${workspace[@]}"
}

# One issue as long as something has drifted. When it could not be read, nothing is known, and the issue stays as it is.
drift() {
  local code=0
  rm -f "$out/drift.md"
  chimeform drift "${workspace[@]}" --format markdown --output "$out/drift.md" || code=$?
  case $code in
    0) host close-issue ;;
    2) host open-issue "$out/drift.md" ;;
    *) return "$code" ;;
  esac
}

case ${1:-} in
  validate | plan | apply | drift)
    mask
    "$1"
    ;;
  *)
    echo "usage: ci.sh validate | plan | apply | drift" >&2
    exit 64
    ;;
esac
