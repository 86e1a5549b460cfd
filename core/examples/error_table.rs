//! Prints the table of error codes: `json` for `tests/vectors/errors.json`, `webhooks` for
//! `docs/webhooks.md`, `calls` for `docs/errors.md`.

#![expect(clippy::print_stdout, reason = "printing is what this program does")]

use didit_core::{Code, ErrorClass};

fn main() {
    let format = std::env::args().nth(1);
    match format.as_deref() {
        Some("json") => {
            let rows = Code::ALL.iter().map(|code| {
                serde_json::json!({
                    "code": code.as_str(),
                    "class": code.class().as_str(),
                    "http_status": code.http_status(),
                    "message": code.message(),
                    "hint": code.hint(),
                })
            });
            let rows: Vec<String> = rows.map(|row| format!("  {row}")).collect();
            println!("{{\"codes\": [\n{}\n]}}", rows.join(",\n"));
        }
        Some("webhooks") => markdown(|code| !of_calls(code)),
        Some("calls") => markdown(of_calls),
        _ => println!("usage: error_table json|webhooks|calls"),
    }
}

/// Whether only calls to the API meet this code.
fn of_calls(code: Code) -> bool {
    let of_webhooks = matches!(
        code.class(),
        ErrorClass::SignatureError | ErrorClass::TimestampError | ErrorClass::PayloadError | ErrorClass::InternalError
    );
    !of_webhooks && code != Code::MissingSecret
}

fn markdown(wanted: impl Fn(Code) -> bool) {
    println!("| code | class | answer | what happened | what to do |\n| --- | --- | --- | --- | --- |");
    for code in Code::ALL.iter().copied().filter(|code| wanted(*code)) {
        let (name, class) = (code.as_str(), code.class().as_str());
        println!("| `{name}` | `{class}` | {} | {} | {} |", code.http_status(), code.message(), code.hint());
    }
}
