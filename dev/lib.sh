# shellcheck shell=bash
# What ./dev/test and ./dev/prove have in common: what they install, how they run a step, how they count.
# Both stand in the root of the repository when they read this.

target=${CARGO_TARGET_DIR:-$PWD/target}

# --- surroundings ----------------------------------------------------------------------------------------------------

# Settings of a Countersign that somebody runs on this machine must not reach the tests.
forget_settings() {
    local variable
    for variable in $(compgen -e COUNTERSIGN_ || true); do
        case $variable in
            COUNTERSIGN_POSTGRES_BIN | COUNTERSIGN_PROOF*) ;;
            *) unset "$variable" ;;
        esac
    done
}

# --- what is installed -----------------------------------------------------------------------------------------------

# as_root COMMAND… : as it is for root, through sudo for others.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root, and there is no sudo: $*" >&2
        return 1
    fi
}

# install_packages NAME… : from Debian's archive.
install_packages() {
    echo "Installing with apt: $*"
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get here: install these yourself, then start again: $*" >&2
        return 1
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# need_package PACKAGE COMMAND
need_package() {
    command -v "$2" >/dev/null || install_packages "$1"
}

have_postgresql() {
    [[ -n ${COUNTERSIGN_POSTGRES_BIN:-} ]] || command -v initdb >/dev/null ||
        compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# Only the programs are wanted: the tests start servers of their own, in temporary folders. Where Debian's package
# comes to a machine for the first time, it is told not to start one.
need_postgresql() {
    have_postgresql && return
    local settings=/etc/postgresql-common/createcluster.conf
    if [[ ! -e $settings ]]; then
        as_root mkdir -p "$(dirname "$settings")"
        echo "create_main_cluster = false" | as_root tee "$settings" >/dev/null
    fi
    install_packages postgresql
}

# The mail server that the tests of letters speak to: Debian's, with Debian's Python.
need_mail_server() {
    /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || install_packages python3-aiosmtpd
}

# The client library that introspection and revocation are tried with.
need_authlib() {
    /usr/bin/python3 -c 'import authlib, requests' 2>/dev/null || install_packages python3-authlib python3-requests
}

# What holds the description of the API against the running program, with all it stands on, in a folder of its own. The
# tests that use it fail without it.
need_schemathesis() {
    local venv=$target/venv wanted=dev/requirements.txt
    if cmp --silent "$wanted" "$venv/requirements.txt"; then
        return
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv || return 1
    echo "Installing Schemathesis into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$wanted" &&
        cp "$wanted" "$venv/requirements.txt"
}

# Judges pages by the rules of accessibility (WCAG).
need_axe() {
    local version=4.14.1 folder=$target/axe
    if grep --quiet "\"version\": \"$version\"" "$folder/node_modules/axe-core/package.json" 2>/dev/null; then
        return
    fi
    need_package npm npm || return 1
    echo "Installing axe-core $version into $folder"
    npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts "axe-core@$version"
}

# The TypeScript client is for Node 20 and newer; Debian 12 has an older one, beside which this is put.
need_node() {
    local version=20.20.2 platform
    need_package npm npm || return 1
    if (($(node --print 'process.versions.node.split(".")[0]') >= 20)); then
        return
    fi
    platform=node-linux-$(node --print process.arch)
    if [[ ! -x $target/node/node_modules/$platform/bin/node ]]; then
        echo "Installing Node $version into $target/node"
        npm install --prefix "$target/node" --no-save --no-audit --no-fund --ignore-scripts "$platform@$version" || return 1
    fi
    export PATH=$target/node/node_modules/$platform/bin:$PATH
}

# A toolchain of the profile `minimal` lacks two parts.
need_components() {
    local component
    for component in rustfmt:fmt clippy:clippy; do
        if ! cargo "${component#*:}" --version >/dev/null 2>&1; then
            echo "Adding ${component%:*} to the Rust toolchain"
            rustup component add "${component%:*}"
        fi
    done
}

# tool NAME VERSION : prints the path of a cargo tool of exactly this version, building it where it is missing.
tool() {
    local name=$1 version=$2 found
    for found in "$target/tools/bin/$name" "$(command -v "$name" || true)"; do
        if [[ -x $found && $("$found" --version 2>/dev/null) == *"$version"* ]]; then
            echo "$found"
            return
        fi
    done
    echo "Building $name $version (two minutes, once per target folder)" >&2
    cargo install --locked --quiet --debug --root "$target/tools" "$name@$version" >&2 || return 1
    echo "$target/tools/bin/$name"
}

# --- steps -----------------------------------------------------------------------------------------------------------

# The steps that consist of tests.
by_tests="tests typescript crash interleavings races described postgres18"

failing=()
skipped=()
times=()

# step TITLE COMMAND… : runs it, keeps its time, and goes on whatever became of it.
step() {
    local title=$1 since=$SECONDS
    shift
    echo
    echo "=== $title"
    if ! "$@"; then
        failing+=("$title")
        echo "=== $title: FAILED"
    fi
    times+=("$(printf '%6d s  %s' $((SECONDS - since)) "$title")")
}

skip() {
    skipped+=("$1")
    echo "SKIPPED: $1"
}

# --- counting --------------------------------------------------------------------------------------------------------

# total WORD LOG : the sum over every test program's "test result: …" line.
total() {
    awk -v word="$1" '
        /^test result:/ {
            for (i = 2; i <= NF; i++) if ($i ~ "^" word ";?$") sum += $(i - 1)
        }
        END { print sum + 0 }' "$2" 2>/dev/null || echo 0
}

# node_total WORD LOG : the sum over every summary of Node's test runner.
node_total() {
    awk -v word="$1" '$1 == "#" && $2 == word { sum += $3 } END { print sum + 0 }' "$2" 2>/dev/null || echo 0
}

# on_engine NAME LOG : how many tests passed that carry the engine in their path.
on_engine() {
    grep -cE "^test .*\b$1::.* \.\.\. ok$" "$2" 2>/dev/null || true
}

# finish PASSED FAILED SKIPPED SECONDS : the times, what is not in order, and the line that ends every run.
# A step that failed counts as one failure, so that the last line alone never looks better than the run was.
finish() {
    local passed=$1 failed=$2 ignored=$3 seconds=$4 failed_tests=$2 line title
    echo
    printf '%s\n' "${times[@]}"
    printf '%6d s  in all\n' "$seconds"
    for line in "${skipped[@]}"; do
        echo "Skipped: $line"
    done
    for title in "${failing[@]}"; do
        echo "Not in order: $title"
        # Failing tests are counted already.
        if [[ $failed_tests == 0 || " $by_tests " != *" $title "* ]]; then
            failed=$((failed + 1))
        fi
    done
    ignored=$((ignored + ${#skipped[@]}))
    echo
    if ((ignored > 0)); then
        echo "$passed passed, $failed failed, $ignored skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    ((failed == 0))
}
