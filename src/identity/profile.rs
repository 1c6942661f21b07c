//! Texts people give about themselves: bounded, and free of characters that act on the text around them (REG-11).

/// Whether `text` can be shown anywhere: no control characters, nothing that is invisible or turns the writing
/// direction around.
pub fn is_plain_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_deceiving(c))
}

// Zero-width characters, bidirectional controls, line and paragraph separators, tags.
const fn is_deceiving(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reg_11_deceiving_characters_are_no_part_of_a_name() {
        assert!(is_plain_text("Ada Lovelace — Ünïcödé 山田"));
        for refused in ["a\u{202e}b", "a\u{200b}b", "a\nb", "a\0b", "\u{feff}a", "a\u{2066}b"] {
            assert!(!is_plain_text(refused), "{refused:?}");
        }
    }
}
