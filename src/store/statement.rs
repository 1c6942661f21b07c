//! How the statements of the store are written down: as constants, and all of them in one list that tests go through.

/// Declares a file's statements, and the list of them under their paths; so none can be left out of it.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(super) const $name: &str = $sql;)*

        /// Every statement of this file under the path of its constant.
        pub(super) const STATEMENTS: &[(&str, &str)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}
pub(super) use statements;
