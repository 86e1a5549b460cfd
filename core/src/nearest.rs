//! What a name with a typing error was meant to be.

/// The known name that differs from the given one in the least, if that is so little that it must be meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = plain(given);
    let most = given.chars().count().div_ceil(3).min(2);
    let mut best: Option<(usize, &'a str)> = None;
    for name in known {
        let distance = distance(&given, &plain(name));
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Languages differ in underscores and capitals.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).take(64).flat_map(char::to_lowercase).collect()
}

/// How many characters have to be added, removed or changed to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, one) in left.chars().enumerate() {
        let mut next = vec![at + 1];
        for ((other, pair), above) in right.iter().zip(row.windows(2)).zip(row.iter().skip(1)) {
            let changed = pair.first().copied().unwrap_or_default() + usize::from(one != *other);
            let added = next.last().copied().unwrap_or_default() + 1;
            next.push(changed.min(added).min(above + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typing_error_is_recognised_and_another_word_is_not() {
        let known = ["first_name", "last_name", "email", "email_lang", "secrets", "slowAfter", "namespace"];
        for (given, meant) in [
            ("first_nam", Some("first_name")),
            ("firstName", Some("first_name")),
            ("emial", Some("email")),
            ("secret", Some("secrets")),
            ("slowafter", Some("slowAfter")),
            ("namspace", Some("namespace")),
            ("phone", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
    }
}
