//! What people say about themselves.

use doorward::model::account::{Address, StandardClaims};

/// Every standard claim, filled.
pub fn everything() -> StandardClaims {
    let some = |text: &str| Some(text.to_owned());
    StandardClaims {
        name: some("Ada King"),
        given_name: some("Ada"),
        family_name: some("King"),
        middle_name: some("B."),
        nickname: some("A"),
        preferred_username: some("ada"),
        profile: some("https://ada.example/"),
        picture: some("https://ada.example/p.png"),
        website: some("https://ada.example/w"),
        gender: some("female"),
        birthdate: some("1815-12-10"),
        zoneinfo: some("Europe/London"),
        locale: some("en-GB"),
        phone_number: some("+44 20 7946 0000"),
        phone_number_verified: true,
        address: Some(Address { locality: some("London"), country: some("UK"), ..Address::default() }),
    }
}
