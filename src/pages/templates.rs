//! The template engine and what templates may call: `t`, `has_message`, `to`, and the filters `when`, `span`, `href`.
//!
//! Everything is escaped by the file's name (`.html`), an undefined value is an error, and the work of one rendering is
//! bounded. Which data a page has is in the page's own file.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::messages::{Argument, Arguments, Catalogue, MessageFault};
use super::moment;
use super::sources::Sources;
use crate::base::bounds::RENDER_FUEL;

/// A set of templates with its messages.
pub(super) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// Templates are compiled when first used.
    pub(super) fn new(catalogue: Arc<Catalogue>, sources: Sources) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(RENDER_FUEL));
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .expect("the default delimiters are distinct"),
        );
        // A whole new set is made when files change; a single template is never exchanged.
        environment.set_auto_reload(false);
        environment.set_loader(move |name| Ok(sources.find(name)));
        add_messages(&mut environment, catalogue);
        environment.add_function("to", to);
        environment.add_filter("href", |address: &str| href(address).to_owned());
        Self { environment }
    }

    pub(super) fn render(&self, name: &str, context: Value) -> Result<String, Error> {
        self.environment.get_template(name)?.render(context)
    }
}

fn add_messages(environment: &mut Environment<'static>, catalogue: Arc<Catalogue>) {
    let messages = Arc::clone(&catalogue);
    environment.add_function("t", move |state: &State, id: &str, values: Option<Value>, named: Kwargs| {
        let arguments = gather(values, &named)?;
        messages.say(&reader(state), id, &arguments).map_err(unspoken)
    });
    let messages = Arc::clone(&catalogue);
    environment.add_function("has_message", move |state: &State, id: &str| messages.has(&reader(state), id));
    let messages = Arc::clone(&catalogue);
    environment.add_filter("when", move |state: &State, unix_seconds: i64| {
        let text = messages.date_time(&reader(state), unix_seconds).map_err(unspoken)?;
        Ok::<_, Error>(time_element(&text, unix_seconds))
    });
    environment.add_filter("span", move |state: &State, seconds: i64| {
        catalogue.span(&reader(state), seconds).map_err(unspoken)
    });
}

fn time_element(text: &str, unix_seconds: i64) -> Value {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    Value::from_safe_string(format!("<time datetime=\"{}\">{text}</time>", moment::machine(unix_seconds)))
}

fn reader(state: &State) -> String {
    state.lookup("locale").and_then(|locale| locale.as_str().map(str::to_owned)).unwrap_or_default()
}

fn unspoken(fault: MessageFault) -> Error {
    Error::new(ErrorKind::InvalidOperation, fault.to_string()).with_source(fault)
}

/// The arguments of `t`: the members of an object given second, then the named ones.
fn gather(values: Option<Value>, named: &Kwargs) -> Result<Arguments, Error> {
    let mut arguments = Arguments::default();
    if let Some(values) = values.filter(|values| values.kind() == ValueKind::Map) {
        for key in values.try_iter()? {
            let value = values.get_item(&key)?;
            put(&mut arguments, &key.to_string(), &value);
        }
    }
    for name in named.args() {
        let value: Value = named.get(name)?;
        if value.is_undefined() {
            return Err(Error::new(ErrorKind::UndefinedError, format!("`{name}` is undefined")));
        }
        put(&mut arguments, name, &value);
    }
    Ok(arguments)
}

fn put(arguments: &mut Arguments, name: &str, value: &Value) {
    if value.is_none() || value.is_undefined() {
        return;
    }
    let argument = match (value.kind(), value.as_i64()) {
        (ValueKind::Number, Some(number)) => Argument::Number(number),
        _ => Argument::Text(value.to_string()),
    };
    arguments.set(name.to_owned(), argument);
}

/// An address of ours that stays in the same interaction: `to("/login")`, `to("/code", change="1")`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn to(state: &State, path: &str, named: Kwargs) -> Result<String, Error> {
    let mut query = Vec::new();
    if let Some(interaction) = state.lookup("interaction").filter(|value| !value.is_none() && !value.is_undefined()) {
        query.push(format!("interaction={}", encoded(&interaction.to_string())));
    }
    for name in named.args() {
        query.push(format!("{}={}", encoded(name), encoded(&named.get::<Value>(name)?.to_string())));
    }
    Ok(if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) })
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Addresses from outside in `href`, `src` and `action`: ours by path, `http`, `https`, and the private schemes of
/// native applications. Escaping does not make `javascript:` harmless, so anything else becomes `#`.
fn href(address: &str) -> &str {
    if is_harmless(address) { address } else { "#" }
}

fn is_harmless(address: &str) -> bool {
    if address.bytes().any(|byte| byte.is_ascii_control() || byte == b'\\') {
        return false;
    }
    if let Some(rest) = address.strip_prefix('/') {
        return !rest.starts_with('/');
    }
    let Some((scheme, _)) = address.split_once(':') else { return false };
    let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    // RFC 8252 §7.1: a private scheme is a reversed domain name, so it has a point.
    letters && (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") || scheme.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_addresses_stay() {
        for address in ["/login?a=b", "https://app.example/", "HTTP://x", "com.example.app:/done"] {
            assert_eq!(href(address), address);
        }
    }

    #[test]
    fn inj_01_addresses_that_run_or_leave_are_blunted() {
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "",
            "#",
            "x",
        ] {
            assert_eq!(href(address), "#", "{address:?}");
        }
    }
}
