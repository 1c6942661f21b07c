# A contributor's day. `just` alone lists what there is; every recipe is one command that works without just, too.

_list:
    @just --list --unsorted

# Run it: development mode with inbox and demo application, nothing to set up
dev *arguments:
    cargo run -- dev {{arguments}}

# Does it compile, warnings included
check:
    cargo clippy --all-targets

# All tests but those that need node, Python and a browser
test *filter:
    cargo test {{filter}}

# What CI says about form: format, lints, and (if cargo-deny is installed) licences and advisories
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    if cargo deny --version >/dev/null 2>&1; then cargo deny check; fi

# Put the code into form
format:
    cargo fmt

# Accept changed snapshots after reading them
snapshots:
    cargo insta review

# Relying parties nobody here wrote, against the binary
clients *names: _binary
    node tests/clients/run.mjs {{names}}

# A real mail server that is down, refuses, or is very slow
mail: _binary
    node tests/mail/run.mjs

# The pages in a real browser, with an accessibility check
browser *parts: _binary
    node tests/browser/run.mjs {{parts}}

# How fast: prints requests per second, latency and processor time beside the machine's own limits
bench:
    cargo bench --bench load

# Everything CI does
ci:
    .ci/run

_binary:
    cargo build --bin doorward --example gallery
