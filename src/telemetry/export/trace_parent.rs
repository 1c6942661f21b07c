//! Which trace a request is part of (W3C Trace Context §3.2).

/// A trace, and the span in it that a request was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: [u8; 16],
    /// The span, unless the trace begins here.
    pub span: Option<[u8; 8]>,
    /// Whether whoever made it keeps it.
    pub is_sampled: bool,
}

impl TraceParent {
    /// Reads the header field `traceparent`. What is not one counts as absent.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let version: [u8; 1] = bytes(parts.next()?)?;
        let (trace, span) = (bytes(parts.next()?)?, bytes(parts.next()?)?);
        let [flags] = bytes::<1>(parts.next()?)?;
        let is_known = version[0] != 0xff && (version[0] > 0 || parts.next().is_none());
        let is_some = trace != [0; 16] && span != [0; 8];
        (is_known && is_some).then_some(Self { trace, span: Some(span), is_sampled: flags & 1 == 1 })
    }
}

/// Lower-case hexadecimal of exactly this length.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn what_the_specification_shows_is_read() {
        let parent = TraceParent::parse(&format!("00-{TRACE}-{SPAN}-01")).expect("a parent");
        assert_eq!((parent.trace[0], parent.span.map(|span| span[1]), parent.is_sampled), (0x4b, Some(0xf0), true));
        assert!(TraceParent::parse(&format!("00-{TRACE}-{SPAN}-00")).is_some_and(|parent| !parent.is_sampled));
        assert!(TraceParent::parse(&format!("01-{TRACE}-{SPAN}-01-later")).is_some());
    }

    #[test]
    fn anything_else_is_none() {
        let zero_trace = format!("00-{}-{SPAN}-01", "0".repeat(32));
        let zero_span = format!("00-{TRACE}-{}-01", "0".repeat(16));
        let more = format!("00-{TRACE}-{SPAN}-01-more");
        let upper = format!("00-{}-{SPAN}-01", TRACE.to_uppercase());
        let unknown = format!("ff-{TRACE}-{SPAN}-01");
        for text in ["", "00", "é", &zero_trace, &zero_span, &more, &upper, &unknown] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }
}
