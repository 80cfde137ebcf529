#!/usr/bin/env bash
# The whole product once: an account bootstrapped, two dbt projects built, and who sees what, read for real.
# `make demo` runs it. Everything happens on this machine; exit code 1 when anything is not as declared.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="$PWD/.venv/bin:$PATH"
work="$(mktemp -d)"
export PATH SNOWMESH_STATE_DIR="$work/state" NO_COLOR=1
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
unset DBT_PROFILES_DIR DBT_PROFILE DBT_TARGET DBT_PROJECT_DIR DBT_TARGET_PATH DBT_DEFER DBT_STATE
SNOWMESH_LOCAL_PORT="$(python -c 'from snowmesh.local.health import free_port; print(free_port())')"
export SNOWMESH_LOCAL_PORT

finish() {
  snowmesh local down >"$work/down.log" 2>&1 || [ ! -e "$work/up" ] || cat "$work/down.log" >&2
  rm -rf "$work"
}
trap finish EXIT

step() { printf '\n\n== %s\n\n' "$*"; }

# Show what of a log says how it went; the whole log when it went wrong.
build() {
  if (cd "projects/$1" && dbt deps --quiet && dbt --no-use-colors build) >"$work/$1.log" 2>&1; then
    sed -n 's/^[0-9:]* *//; / OK created /p; /^Done\./p' "$work/$1.log"
  else
    cat "$work/$1.log" >&2
    printf '\nError: dbt build of projects/%s failed.\n' "$1" >&2
    exit 1
  fi
}

step "A Snowflake on this machine:  snowmesh local up --detach"
snowmesh local up --detach --quiet --scale "${SCALE:-0.01}"
touch "$work/up"

step "What the account lacks:  mesh-bootstrap plan --file projects/mesh.yml --local"
mesh-bootstrap plan --file projects/mesh.yml --local

step "Carried out:  mesh-bootstrap apply --file projects/mesh.yml --local"
mesh-bootstrap apply --file projects/mesh.yml --local --yes >"$work/apply.log" 2>&1 || { cat "$work/apply.log" >&2; exit 1; }
tail -2 "$work/apply.log"

step "The product of one domain:  cd projects/foundational && dbt build"
build foundational

step "Its consumer in another:  cd projects/finance && dbt build"
build finance

step "Who sees what:  snowmesh proof fct_orders"
snowmesh proof fct_orders
