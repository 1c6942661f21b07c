//! Every bound of the program by name: lengths in bytes unless said otherwise, times in seconds, counts.
//!
//! A number that limits something stands here and nowhere else, so that all of them can be read in one sitting.

mod clients;
mod kept;
pub mod listener;
mod people;
mod providers;
mod requests;
pub mod settings;
mod shown;
mod tls;
mod tokens;

pub use self::clients::*;
pub use self::kept::*;
pub use self::people::*;
pub use self::providers::*;
pub use self::requests::*;
pub use self::shown::*;
pub use self::tls::*;
pub use self::tokens::*;
