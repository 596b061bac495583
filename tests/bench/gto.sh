#!/usr/bin/env bash
# Compares envctl with GTO, which keeps versions and stages of artifacts in git tags, on the same work: show what is live
# where, and move one pointer. Prints the median time of each in milliseconds, measured in turns.
#
#   tests/bench/gto.sh [POINTERS] [ROUNDS]
#
# Takes the envctl of target/release, and installs GTO from PyPI into target/tools/gto if it is not there.
set -euo pipefail
cd "$(dirname "$0")/../.."
pointers=${1:-100} rounds=${2:-11}
envctl=$PWD/target/release/envctl tools=$PWD/target/tools/gto
[ -x "$envctl" ] || cargo build --release --locked
if [ ! -x "$tools/bin/gto" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check gto==1.10.1
fi
gto=$tools/bin/gto
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch GIT_CONFIG_NOSYSTEM=1
git config --global user.name Bench
git config --global user.email bench@example.org
git config --global init.defaultBranch main

# As many prompts as pointers, each with two versions, the first of which is live in prod.
names=$(seq -f 'p%04g' "$pointers")
git init -q "$scratch/envctl"
(
    cd "$scratch/envctl"
    mkdir environments pointers prompts
    printf 'schema = 1\nname = "Bench"\nbranch = "main"\ndefault_publish = "staging"\ngateway_fallback = "prod"\n' >envctl.toml
    for environment in staging prod; do printf 'name = "%s"\n' "$environment" >"environments/$environment.toml"; done
    for name in $names; do
        mkdir "prompts/$name"
        echo "$name, one" >"prompts/$name/1.md"
        echo "$name, two" >"prompts/$name/2.md"
        printf '[prompts.%s]\nversion = 1\n\n' "$name" >>pointers/prod.toml
        printf '[prompts.%s]\nversion = 2\n\n' "$name" >>pointers/staging.toml
    done
    git add -A
    git commit -qm begin
)
git init -q "$scratch/gto"
(
    cd "$scratch/gto"
    git commit -q --allow-empty -m begin
    for name in $names; do
        git tag -a -m x "$name@v1.0.0"
        git tag -a -m x "$name#prod#1"
    done
    git commit -q --allow-empty -m two
    for name in $names; do git tag -a -m x "$name@v2.0.0"; done
)

took() {
    local begin end
    begin=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    echo $(((end - begin) / 1000))
}
median() { sort -n | awk '{ all[NR] = $1 } END { printf "%.1f", all[int((NR + 1) / 2)] / 1000 }'; }

for round in $(seq "$rounds"); do
    name=$(printf 'p%04d' "$round")
    (cd "$scratch/envctl" && took "$envctl" status) >>"$scratch/status"
    (cd "$scratch/gto" && took "$gto" show) >>"$scratch/show"
    (cd "$scratch/envctl" && took "$envctl" promote staging prod "prompts/$name" --yes) >>"$scratch/promote"
    (cd "$scratch/gto" && took "$gto" assign "$name" --version v2.0.0 --stage prod) >>"$scratch/assign"
done
printf '%s pointers: envctl status %s ms, gto show %s ms\n' "$pointers" "$(median <"$scratch/status")" "$(median <"$scratch/show")"
printf '%s pointers: envctl promote %s ms, gto assign %s ms\n' "$pointers" "$(median <"$scratch/promote")" "$(median <"$scratch/assign")"
