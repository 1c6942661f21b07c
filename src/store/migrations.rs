//! The list of migrations, oldest first. The texts are in `migrations/`, one set for both engines, each with its way back.
//!
//! The list is written out so that a new file cannot be forgotten by an incremental build; a test compares it with the folder.

use crate::migration;
use crate::store::engine::migrate::Migration;

/// Every migration of this program, by rising version.
pub const ALL: &[Migration] = &[
    migration!("0001", "foundation"),
    migration!("0002", "usernames"),
    migration!("0003", "address_changes"),
    migration!("0004", "deletions"),
    migration!("0005", "roles"),
    migration!("0006", "audit_chain"),
    migration!("0007", "devices"),
    migration!("0008", "upstream"),
    migration!("0009", "pushed_requests"),
    migration!("0010", "used_jtis"),
    migration!("0011", "sealed_secrets"),
    migration!("0012", "confirmation"),
    migration!("0013", "pending_authorizations"),
    migration!("0014", "opaque_tokens"),
    migration!("0015", "logout_deliveries"),
    migration!("0016", "traces"),
    migration!("0017", "registration"),
    migration!("0018", "replay_memory"),
    migration!("0019", "clients_age"),
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn the_list_names_every_file_of_the_folder() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("the folder");
        let mut found: Vec<String> =
            folder.map(|file| file.expect("a file").file_name().into_string().expect("a plain name")).collect();
        let ways = ["down", "up"];
        let mut listed: Vec<String> = ALL
            .iter()
            .flat_map(|step| ways.map(|way| format!("{:04}_{}.{way}.sql", step.version, step.name)))
            .collect();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
        assert!(ALL.is_sorted_by(|earlier, later| earlier.version < later.version));
    }
}
