//! `cargo xtask generate` writes everything that api/openapi.yaml decides; `--check` only compares.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its caller")]

mod build;
mod facts;
mod model;
mod names;
mod openapi;
mod output;
mod targets;
mod text;
mod usage;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate"] => false,
        ["generate", "--check"] => true,
        _ => {
            eprintln!("usage: cargo xtask generate [--check]");
            return ExitCode::from(2);
        }
    };
    match generate(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn generate(check: bool) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent folder")?;
    let source = root.join("api").join("openapi.yaml");
    let text = std::fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    let description = serde_saphyr::from_str(&text).map_err(|error| format!("api/openapi.yaml: {error}"))?;
    let model = build::model(&description)?;
    let templates = targets::templates()?;
    let mut files = Vec::new();
    for target in [
        targets::rust::files,
        targets::rust_types::files,
        targets::python::files,
        targets::node::files,
        targets::dev::files,
        targets::docs::files,
    ] {
        files.extend(target(&model, &templates)?);
    }
    let formatted = output::formatted(root, &files)?;
    let differing = output::differing(root, &formatted, &files);
    if check && !differing.is_empty() {
        let names = differing.join("\n  ");
        return Err(format!("these generated files are not up to date; run `make generate`:\n  {names}"));
    }
    output::write(root, &formatted, &differing)?;
    let (all, operations) = (files.len(), model.operations.len());
    println!("{operations} operations, {all} files, {} written", differing.len());
    Ok(())
}
