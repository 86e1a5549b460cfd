//! Lays generated files out as the formatters want them, and writes or compares them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::targets::File;

/// The folders that hold nothing but generated files.
const OWNED: [&str; 5] = [
    "core/src/api/generated",
    "bindings-python/didit_client/generated",
    "bindings-node/lib/generated",
    "dev/src/generated",
    "docs/operations",
];

/// Writes the files in a folder of their own and formats them there. Returns that folder.
pub(crate) fn formatted(root: &Path, files: &[File]) -> Result<PathBuf, String> {
    let folder = root.join("target").join("generated");
    let _ = fs::remove_dir_all(&folder);
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(|error| failed(&path, &error))?;
        fs::write(&path, &file.text).map_err(|error| failed(&path, &error))?;
    }
    let of_type = |ending: &str| -> Vec<PathBuf> {
        files.iter().filter(|file| file.path.ends_with(ending)).map(|file| folder.join(&file.path)).collect()
    };
    run(root, "rustfmt", &["--edition=2024", "--config-path=."], &of_type(".rs"))?;
    // Templates import whatever a file may need; what it does not need goes.
    let tidy = ["check", "--quiet", "--fix", "--select=I,F401,RUF022,RUF036,TC005", "--config=pyproject.toml"];
    run(root, ".venv/bin/ruff", &tidy, &of_type(".py"))?;
    run(root, ".venv/bin/ruff", &["format", "--quiet", "--config=pyproject.toml"], &of_type(".py"))?;
    run(
        root,
        "node_modules/.bin/biome",
        &["check", "--write", "--config-path=.", "--diagnostic-level=error"],
        &of_type(".ts"),
    )?;
    Ok(folder)
}

fn run(root: &Path, program: &str, options: &[&str], files: &[PathBuf]) -> Result<(), String> {
    if files.is_empty() {
        return Ok(());
    }
    let path = if program.contains('/') { root.join(program) } else { PathBuf::from(program) };
    let output = Command::new(path).current_dir(root).args(options).args(files).output().map_err(|error| {
        format!("{program}: {error}; `make build` installs what generated files are formatted with")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!("{program} failed:\n{}", String::from_utf8_lossy(&text)))
}

/// The files that differ between the formatted folder and the project, missing and surplus ones included.
pub(crate) fn differing(root: &Path, formatted: &Path, files: &[File]) -> Vec<String> {
    let mut names: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
    for owned in OWNED {
        collect(root, &root.join(owned), &mut names);
    }
    names
        .into_iter()
        .filter(|name| {
            let (fresh, committed) = (fs::read(formatted.join(name)), fs::read(root.join(name)));
            fresh.ok() != committed.ok()
        })
        .collect()
}

fn collect(root: &Path, folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "__pycache__" {
            collect(root, &path, names);
        } else if path.is_file()
            && let Ok(below) = path.strip_prefix(root)
        {
            names.insert(below.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Makes the project hold what the formatted folder holds.
pub(crate) fn write(root: &Path, formatted: &Path, names: &[String]) -> Result<(), String> {
    for name in names {
        let (fresh, target) = (formatted.join(name), root.join(name));
        let result = if fresh.exists() {
            let made = target.parent().map_or(Ok(()), fs::create_dir_all);
            made.and_then(|()| fs::copy(&fresh, &target).map(|_| ()))
        } else {
            fs::remove_file(&target)
        };
        result.map_err(|error| failed(&target, &error))?;
    }
    Ok(())
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
