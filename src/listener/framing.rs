//! A copy of the bytes of a request's head, kept until the head is parsed. hyper drops `Content-Length` when
//! `Transfer-Encoding` is there too; whether both were there is only to be seen here.

/// Whether a head, up to its empty line, has a `Content-Length` line.
pub fn names_content_length(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length";
    head_lines(bytes).any(|line| {
        line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
            && line.get(NAME.len()).is_some_and(|next| [b':', b' ', b'\t'].contains(next))
    })
}

/// The lines of the first head in `bytes`, the request line included, empty lines in front of it passed over.
fn head_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::names_content_length;

    #[test]
    fn the_header_is_found_in_any_case_and_place() {
        assert!(names_content_length(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n"));
        assert!(names_content_length(b"\r\nPOST / HTTP/1.1\nTE: x\ncONTENT-lENGTH:1\n\n"));
    }

    #[test]
    fn what_follows_the_head_does_not_count() {
        assert!(!names_content_length(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n1\r\nContent-Length: 1\r\n"));
        assert!(!names_content_length(
            b"POST /?content-length: HTTP/1.1\r\nX-Content-Length: 1\r\nContent-Length2: 1\r\n\r\n"
        ));
        assert!(!names_content_length(b""));
    }
}
