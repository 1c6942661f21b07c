//! What people are told who serve with a local certificate: which file to trust, and how.

use std::path::Path;

/// The lines, for standard output.
pub fn lines(authority: &Path, issuer: &str) -> Vec<String> {
    // From wherever the commands are typed.
    let file = std::path::absolute(authority).unwrap_or_else(|_| authority.to_path_buf());
    let file = file.display();
    vec![
        "TLS by the local authority. What calls Doorward must trust this file; it can vouch for local names only:"
            .into(),
        format!("  {file}"),
        String::new(),
        format!("  curl             curl --cacert {file} {issuer}/health"),
        format!("  Node.js          NODE_EXTRA_CA_CERTS={file}"),
        format!("  Python           SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file}"),
        format!(
            "  Debian, Ubuntu   sudo cp {file} /usr/local/share/ca-certificates/doorward.crt && sudo update-ca-certificates"
        ),
        format!("  Fedora           sudo trust anchor {file}"),
        format!(
            "  macOS            sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {file}"
        ),
        "  Firefox          Settings, Privacy & Security, View Certificates, Authorities, Import".into(),
        format!("  Chrome on Linux  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n doorward -i {file}"),
        String::new(),
    ]
}
