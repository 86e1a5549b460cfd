//! Prints the table of causes for `docs/explain.md`.

#![expect(clippy::print_stdout, reason = "printing is what this program does")]

use didit_core::webhook::Cause;

fn main() {
    println!("| cause | what happened | what to do |\n| --- | --- | --- |");
    for cause in Cause::ALL {
        println!("| `{}` | {} | {} |", cause.as_str(), cause.message(), cause.cure());
    }
}
