//! PDF files with a few lines of text.

use std::fmt::Write as _;

/// A page with a title and lines. Only ASCII can be shown without a font of one's own; the rest becomes `?`.
pub fn pdf(title: &str, lines: &[String]) -> Vec<u8> {
    let mut text = format!("BT /F1 16 Tf 56 780 Td ({}) Tj /F1 10 Tf 0 -28 Td 14 TL\n", literal(title));
    for line in lines {
        let _writing_to_a_string_cannot_fail = writeln!(text, "({}) Tj T*", literal(line));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        let _cannot_fail = writeln!(table, "{:010} 00000 n ", file.len());
        let _cannot_fail = write!(file, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = file.len();
    let size = objects.len() + 1;
    let _cannot_fail =
        write!(file, "xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}

fn literal(text: &str) -> String {
    let shown = |character: char| if character.is_ascii_graphic() || character == ' ' { character } else { '?' };
    text.chars()
        .map(shown)
        .flat_map(
            |character| if matches!(character, '(' | ')' | '\\') { vec!['\\', character] } else { vec![character] },
        )
        .collect()
}
