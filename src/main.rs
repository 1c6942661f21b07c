//! The binary: hands over to the library's command line.

use std::process::ExitCode;

/// Made for many small allocations on many threads, which is what requests are.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    doorward::cli::run(std::env::args_os())
}
