//! What a canonical form changes of a body, token by token.

/// Two texts, cut into what both have and what only one has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "lowercase")]
pub enum Part {
    /// In both.
    Same(String),
    /// Only in the first.
    Removed(String),
    /// Only in the second.
    Added(String),
}

/// The most differences that are looked for; texts with more are shown one after the other.
const MOST: usize = 600;

/// A token with the white space before it.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    space: &'t str,
    text: &'t str,
}

/// Compare two JSON texts. White space is compared apart, so that an indented body still finds its tokens.
pub fn diff(first: &str, second: &str) -> Vec<Part> {
    let (a, b) = (tokens(first), tokens(second));
    let mut parts = Parts(Vec::new());
    match matches(&a, &b) {
        Some(pairs) => {
            let (mut i, mut j) = (0, 0);
            for (x, y) in pairs.into_iter().chain([(a.len(), b.len())]) {
                a.get(i..x).unwrap_or_default().iter().for_each(|token| parts.removed(token.space, token.text));
                b.get(j..y).unwrap_or_default().iter().for_each(|token| parts.added(token.space, token.text));
                if let (Some(left), Some(right)) = (a.get(x), b.get(y)) {
                    if left.space == right.space {
                        parts.same(left.space);
                    } else {
                        parts.removed(left.space, "");
                        parts.added(right.space, "");
                    }
                    parts.same(left.text);
                }
                (i, j) = (x + 1, y + 1);
            }
        }
        None => {
            parts.removed(first, "");
            parts.added(second, "");
        }
    }
    parts.0
}

struct Parts(Vec<Part>);

impl Parts {
    fn same(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Same(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Part::Same(text.to_owned())),
        }
    }

    fn removed(&mut self, space: &str, text: &str) {
        match self.0.last_mut() {
            Some(Part::Removed(before)) => before.extend([space, text]),
            _ if space.is_empty() && text.is_empty() => {}
            _ => self.0.push(Part::Removed(format!("{space}{text}"))),
        }
    }

    fn added(&mut self, space: &str, text: &str) {
        match self.0.last_mut() {
            Some(Part::Added(before)) => before.extend([space, text]),
            _ if space.is_empty() && text.is_empty() => {}
            _ => self.0.push(Part::Added(format!("{space}{text}"))),
        }
    }
}

/// Strings, single punctuation, and runs of anything else.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let (space, after) = rest.split_at(blank);
        let (text, after) = after.split_at(length(after));
        all.push(Token { space, text });
        rest = after;
    }
    all
}

fn length(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    if first == '"' {
        let mut escaped = false;
        for (at, one) in text.char_indices().skip(1) {
            match one {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return at + 1,
                _ => {}
            }
        }
        return text.len();
    }
    let ends = |one: char| one.is_ascii_whitespace() || "{}[]:,\"".contains(one);
    if ends(first) { first.len_utf8() } else { text.find(ends).unwrap_or(text.len()) }
}

/// Which tokens of the one are which of the other, by Myers's shortest edit script; `None` if that is too long.
fn matches(a: &[Token<'_>], b: &[Token<'_>]) -> Option<Vec<(usize, usize)>> {
    let equal = |x: usize, y: usize| matches!((a.get(x), b.get(y)), (Some(x), Some(y)) if x.text == y.text);
    // How far each diagonal k = x - y reaches with d differences; `k` is shifted by `d` to count from 0.
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let best = |rounds: &[Vec<usize>], d: usize, at: usize| -> (usize, bool) {
        // From a diagonal of the round before: `at - 1` there is k - 1 here shifted by d - 1, `at` is k + 1's neighbour.
        let before = d.checked_sub(1).and_then(|before| rounds.get(before));
        let right = at.checked_sub(2).and_then(|at| before?.get(at)).map(|x| x + 1);
        let down = before.and_then(|before| before.get(at)).copied();
        match (right, down) {
            (Some(right), Some(down)) if right > down => (right, true),
            (Some(right), None) => (right, true),
            (_, Some(down)) => (down, false),
            (None, None) => (0, false),
        }
    };
    for d in 0..=MOST {
        let mut round = vec![0; 2 * d + 1];
        for at in (0..=2 * d).step_by(2) {
            let (mut x, _) = best(&rounds, d, at);
            let Some(mut y) = (x + d).checked_sub(at) else {
                round[at] = x;
                continue;
            };
            while equal(x, y) {
                (x, y) = (x + 1, y + 1);
            }
            round[at] = x;
            if x >= a.len() && y >= b.len() {
                rounds.push(round);
                return Some(back(&rounds, d, at, &best));
            }
        }
        rounds.push(round);
    }
    None
}

fn back(
    rounds: &[Vec<usize>],
    mut d: usize,
    mut at: usize,
    best: &impl Fn(&[Vec<usize>], usize, usize) -> (usize, bool),
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    loop {
        let end = rounds.get(d).and_then(|round| round.get(at)).copied().unwrap_or(0);
        let (start, right) = best(rounds, d, at);
        for x in (start..end).rev() {
            pairs.push((x, (x + d).saturating_sub(at)));
        }
        if d == 0 {
            break;
        }
        at = if right { at - 2 } else { at };
        d -= 1;
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(parts: &[Part]) -> (String, String) {
        let (mut first, mut second) = (String::new(), String::new());
        for part in parts {
            match part {
                Part::Same(text) => {
                    first.push_str(text);
                    second.push_str(text);
                }
                Part::Removed(text) => first.push_str(text),
                Part::Added(text) => second.push_str(text),
            }
        }
        (first, second)
    }

    #[test]
    fn an_escaped_name_is_the_only_difference() {
        let parts = diff(r#"{"a":1,"name":"Jos\u00e9","z":[]}"#, r#"{"a":1,"name":"José","z":[]}"#);
        let expected = [
            Part::Same(r#"{"a":1,"name":"#.to_owned()),
            Part::Removed(r#""Jos\u00e9""#.to_owned()),
            Part::Added("\"José\"".to_owned()),
            Part::Same(r#","z":[]}"#.to_owned()),
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn an_indented_body_differs_in_its_white_space_only() {
        let parts = diff("{\n  \"a\": [1, 2]\n}", r#"{"a":[1,2]}"#);
        assert!(parts.iter().all(|part| match part {
            Part::Same(text) => !text.contains(' '),
            Part::Removed(text) => text.trim().is_empty(),
            Part::Added(_) => false,
        }));
    }

    #[test]
    fn both_texts_can_be_read_out_of_it_again() {
        let texts = [
            "",
            "{}",
            "[1,2,3]",
            "[3,2,1,0]",
            " { \"b\" : 1 , \"a\":\"\\\"\" } ",
            "\"open",
            "[1,1,1,2]",
            "not json at all",
            "é\u{fffd}",
        ];
        for first in texts {
            for second in texts {
                assert_eq!(sides(&diff(first, second)), (first.to_owned(), second.to_owned()), "{first} {second}");
            }
        }
        let many = |step: usize| (0..3000).map(|one| (one * step).to_string()).collect::<Vec<_>>().join(",");
        let (first, second) = (many(2), many(3));
        assert_eq!(sides(&diff(&first, &second)), (first, second));
    }
}
