//! Makes the list of leaked passwords that Doorward carries, from any list with one password a line:
//!
//! ```sh
//! cargo run --example leaked_passwords < list.txt > src/identity/password/leaked.digests
//! ```
//!
//! Only digests are kept: a tenth of the size in memory of the words themselves, and nothing a reader of the sources
//! (or a scanner for secrets) stumbles over.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};

use doorward::identity::password::{LEAKED_DIGEST_BYTES, leaked_digest};

fn main() -> io::Result<()> {
    let digests = io::stdin()
        .lock()
        .lines()
        .map(|line| line.map(|password| leaked_digest(&password)))
        .collect::<io::Result<BTreeSet<[u8; LEAKED_DIGEST_BYTES]>>>()?;
    let mut out = io::stdout().lock();
    for digest in &digests {
        out.write_all(digest)?;
    }
    eprintln!("{} passwords", digests.len());
    Ok(())
}
