//! Names of certificates' subjects as they are registered (RFC 4514) and as they stand in certificates, in one form in
//! which they can be compared. Values are compared as they are, letter by letter.

/// Kinds of attributes that have a short name (RFC 4514 §3, and the two that certificates often have besides).
const KINDS: [(&str, &str); 11] = [
    ("CN", "2.5.4.3"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

/// Attributes that stand beside each other: kind in dotted numbers, and value.
pub type RelativeName = Vec<(String, String)>;

/// A name, outermost part first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName(Vec<RelativeName>);

impl DistinguishedName {
    /// The name of these parts, outermost first.
    pub fn of(mut parts: Vec<RelativeName>) -> Self {
        // X.501 §9.3: the order inside a part means nothing.
        for part in &mut parts {
            part.sort();
        }
        Self(parts)
    }

    /// Reads the text form, which begins with the innermost part.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = split(text, ',').into_iter().rev().map(|part| {
            let pairs = split(part, '+').into_iter().map(attribute);
            pairs.collect::<Option<RelativeName>>()
        });
        parts.collect::<Option<_>>().map(Self::of)
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn attribute(pair: &str) -> Option<(String, String)> {
    let (kind, value) = pair.split_once('=')?;
    let kind = kind.trim();
    let is_numbers = kind.contains('.') && kind.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let known =
        KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, numbers)| (*numbers).to_owned());
    let kind = known.or_else(|| is_numbers.then(|| kind.to_owned()))?;
    Some((kind, unescaped(value)?))
}

/// The pieces between `separator`s that are not escaped.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut pieces, mut start, mut is_escaped) = (Vec::new(), 0, false);
    for (at, char) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if char == '\\' {
            is_escaped = true;
        } else if char == separator {
            pieces.push(&text[start..at]);
            start = at + char.len_utf8();
        }
    }
    pieces.push(&text[start..]);
    pieces
}

// RFC 4514 §2.4, §3: a backslash stands before what is meant literally, or before two hexadecimal digits of a byte.
// White space around a value does not count unless it is escaped.
fn unescaped(value: &str) -> Option<String> {
    let is_blank_escaped = value.ends_with("\\ ");
    let trimmed = value.trim_start();
    let trimmed = if is_blank_escaped { trimmed } else { trimmed.trim_end() };
    if trimmed.starts_with('#') {
        return None;
    }
    let mut bytes = Vec::with_capacity(trimmed.len());
    let mut rest = trimmed.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let hexadecimal = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match tail {
            [high, low, after @ ..] if hexadecimal(*high).is_some() && hexadecimal(*low).is_some() => {
                bytes.push(hexadecimal(*high)? * 16 + hexadecimal(*low)?);
                rest = after;
            }
            [literal, after @ ..] => {
                bytes.push(*literal);
                rest = after;
            }
            [] => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(parts: &[&[(&str, &str)]]) -> DistinguishedName {
        let owned = |(kind, value): &(&str, &str)| ((*kind).to_owned(), (*value).to_owned());
        DistinguishedName::of(parts.iter().map(|part| part.iter().map(owned).collect()).collect())
    }

    #[test]
    fn rfc4514_4_the_examples_are_read() {
        let parse = |text| DistinguishedName::parse(text).unwrap();
        let (dc, uid) = ("0.9.2342.19200300.100.1.25", "0.9.2342.19200300.100.1.1");
        assert_eq!(
            parse("UID=jsmith,DC=example,DC=net"),
            name(&[&[(dc, "net")], &[(dc, "example")], &[(uid, "jsmith")]])
        );
        assert_eq!(
            parse("OU=Sales+CN=J.  Smith,DC=example,DC=net"),
            name(&[&[(dc, "net")], &[(dc, "example")], &[("2.5.4.3", "J.  Smith"), ("2.5.4.11", "Sales")]])
        );
        assert_eq!(parse("CN=James \\\"Jim\\\" Smith\\, III"), name(&[&[("2.5.4.3", "James \"Jim\" Smith, III")]]));
        assert_eq!(parse("CN=Before\\0dAfter"), name(&[&[("2.5.4.3", "Before\rAfter")]]));
        assert_eq!(parse("CN=Lu\\C4\\8Di\\C4\\87"), name(&[&[("2.5.4.3", "Lučić")]]));
        assert_eq!(parse("2.5.4.3=x , O = y\\ "), name(&[&[("2.5.4.10", "y ")], &[("2.5.4.3", "x")]]));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for text in ["", "CN", "XX=1", "CN=\\", "CN=#0401", "CN=a,,O=b", "=x", "CN=\\ff"] {
            assert_eq!(DistinguishedName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn order_and_letter_case_of_values_count() {
        let parse = |text| DistinguishedName::parse(text).unwrap();
        assert_eq!(parse("cn=app,o=Acme"), parse("CN=app, O=Acme"));
        assert_ne!(parse("CN=app,O=Acme"), parse("O=Acme,CN=app"));
        assert_ne!(parse("CN=app,O=Acme"), parse("CN=App,O=Acme"));
        assert_ne!(parse("CN=app,O=Acme"), parse("CN=app"));
    }
}
