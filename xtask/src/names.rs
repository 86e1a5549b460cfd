//! One name in the description, and how each language spells it.

/// `retrieve_jwks` -> `RetrieveJwks`, `webhooks.destinations` -> `WebhooksDestinations`.
pub(crate) fn pascal(name: &str) -> String {
    name.split(['_', '.', '-', ' ']).filter(|part| !part.is_empty()).map(capitalised).collect()
}

/// `session_id` -> `sessionId`.
pub(crate) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

pub(crate) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A name from the wire as a client's name: `X-Transaction-Token` -> `transaction_token`, `IdWallet` -> `id_wallet`.
pub(crate) fn snake(wire: &str) -> String {
    let wire = wire.strip_prefix("X-").unwrap_or(wire);
    let mut name = String::new();
    for letter in wire.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && name.chars().last().is_some_and(|last| last.is_ascii_lowercase()) {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    name.trim_matches('_').to_owned()
}

/// A name that is a word of Python's own.
pub(crate) fn python(name: &str) -> String {
    const WORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    if WORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// A name that is a word of Rust's own.
pub(crate) fn rust(name: &str) -> String {
    const WORDS: [&str; 39] = [
        "abstract", "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum",
        "extern", "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
        "mut", "pub", "ref", "return", "static", "struct", "trait", "type", "unsafe", "use", "where", "while",
    ];
    if name == "self" || name == "super" || name == "Self" {
        format!("{name}_")
    } else if WORDS.contains(&name) || name == "impl" || name == "true" || name == "try" || name == "yield" {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}
