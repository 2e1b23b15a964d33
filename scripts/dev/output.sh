# What the commands say, and how long their steps take.

say() { printf '\033[1m%-10s\033[0m %s\n' "$1" "$2" >&2; }

fail() {
  printf '\033[1;31merror\033[0m      %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND…: runs the command and says how long it took.
step() {
  local name=$1 started=$SECONDS
  shift
  say "$name" "$*"
  "$@" || fail "'$*' failed ($((SECONDS - started)) s)"
  say "$name" "done in $((SECONDS - started)) s"
}

# changed STAMP FILE…: true when the files are not what they were when `remember STAMP` was last called on them.
changed() {
  local stamp=target/stamps/$1
  shift
  [[ ! -f $stamp || $(<"$stamp") != "$(fingerprint "$@")" ]]
}

remember() {
  local stamp=target/stamps/$1
  shift
  mkdir -p target/stamps
  fingerprint "$@" >"$stamp"
}

fingerprint() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum; }

# A file that git knows and that was deleted since is left out, which is a change too.
sources_fingerprint() {
  { git ls-files -z --cached --others --exclude-standard | xargs -0 stat -c '%n %Y %s' 2>/dev/null || true; } | sha256sum
}

# version_at_least FOUND NEEDED
version_at_least() { printf '%s\n' "$2" "$1" | sort --check=quiet --version-sort; }
