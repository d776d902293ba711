# Sourced by packaging/run and tests/run: makes .venv with pinned versions, once.
# Usage: . packaging/environment.sh; make_environment EXTRA   (EXTRA is empty or "test")

say() { printf '%s\n' "$*" >&2; }

fail() { say "concept-studio: $*"; exit 2; }

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            >/dev/null 2>&1 && { printf '%s' "$candidate"; return 0; }
    done
    fail "Python 3.11 or newer with its venv module was not found. Install it (on Debian: apt-get install python3 python3-venv), or name it with PYTHON=/path/to/python."
}

make_environment() {
    extra=${1:-}
    wanted=$(cat pyproject.toml packaging/constraints.txt | cksum)"|$extra"
    stamp=.venv/.concept-studio
    if [ -x .venv/bin/python ] && [ -f "$stamp" ]; then
        case "$(cat "$stamp")" in
            "$wanted" | "${wanted%|*}|test") return 0 ;;
        esac
    fi
    python=$(find_python) || exit 2
    say "Making .venv with $("$python" --version 2>&1). The first time this downloads about 1 GB of packages."
    [ -x .venv/bin/python ] || "$python" -m venv .venv || fail "the environment .venv could not be made here; is the folder writable?"
    target=.
    [ -z "$extra" ] || target=".[$extra]"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --constraint packaging/constraints.txt --editable "$target" \
        || fail "the packages could not be installed. pip's own message above says why; run the same command again when that is mended."
    printf '%s' "$wanted" > "$stamp"
}
