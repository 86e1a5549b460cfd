//! Prints the table of error codes: `json` for `tests/vectors/errors.json`, `markdown` for
//! `docs/webhooks.md`.

#![expect(clippy::print_stdout, reason = "printing is what this program does")]

use didit_core::Code;

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
        Some("markdown") => {
            println!("| code | class | answer | what happened | what to do |\n| --- | --- | --- | --- | --- |");
            for code in Code::ALL {
                let (name, class) = (code.as_str(), code.class().as_str());
                println!("| `{name}` | `{class}` | {} | {} | {} |", code.http_status(), code.message(), code.hint());
            }
        }
        _ => println!("usage: error_table json|markdown"),
    }
}
