//! What a writer has lost, put back into the canonical text at the places where it may have stood.

use std::collections::HashMap;

use super::Cause;
use super::document::Document;
use super::number::rounded_from;
use super::search::Search;
use super::tree::token_end;

/// The texts that are tried at most for one writer, whatever the budget.
const MOST: usize = 4096;

/// The digits that are tried at most for what JavaScript has rounded: two of the largest numbers are beyond it.
const MOST_DIGITS: usize = 5000;

/// Members that Didit's description has as objects of anything, or that were seen as empty objects.
const OBJECTS: [&str; 10] = [
    "metadata",
    "extra_fields",
    "risk_scores",
    "custom_list",
    "score_breakdown",
    "ownership_structure",
    "expected_details",
    "contact_details",
    "additional_data",
    "groups",
];

/// Gives `visit` the canonical and the wire forms that the document may have had before a lossy writer, each with that
/// writer, until it has found something or the budget is spent.
pub(super) fn before_loss<T>(document: &Document<'_>, search: &mut Search, visit: VisitCause<'_, T>) -> Option<T> {
    let found = before_php(document, search, &mut |search, text| visit(search, Cause::BodyPhp, text));
    found
        .or_else(|| before_javascript(document, search, &mut |search, text| visit(search, Cause::BodyJavascript, text)))
}

type VisitCause<'v, T> = &'v mut dyn FnMut(&mut Search, Cause, &[u8]) -> Option<T>;
type Visit<'v, T> = &'v mut dyn FnMut(&mut Search, &[u8]) -> Option<T>;

/// The canonical form, and the wire form if that is another.
fn texts(document: &Document<'_>) -> Vec<Vec<u8>> {
    let mut texts = vec![document.canonical.clone()];
    texts.extend((document.wire != document.canonical).then(|| document.wire.clone()));
    texts
}

/// Some empty arrays were objects: PHP has one type for both.
fn before_php<T>(document: &Document<'_>, search: &mut Search, visit: Visit<'_, T>) -> Option<T> {
    /// For so few arrays every choice is tried, whatever their names are.
    const FEW: usize = 10;
    const SINGLE: usize = 1000;
    let cost = document.canonical.len().saturating_add(document.wire.len()).saturating_mul(8);
    if !search.budget.spend(cost) {
        return None;
    }
    let empty = Empty::of(&document.canonical);
    let mut texts = texts(document);
    let places: Vec<Vec<usize>> = texts.iter().map(|text| Empty::of(text).places).collect();
    let mut with = |search: &mut Search, chosen: &[usize]| {
        for (text, places) in texts.iter_mut().zip(&places) {
            if !search.budget.spend(chosen.len().saturating_mul(4)) {
                return None;
            }
            let chosen = || chosen.iter().filter_map(|index| places.get(*index));
            chosen().for_each(|place| put(text, *place, *b"{}"));
            let found = visit(search, text);
            chosen().for_each(|place| put(text, *place, *b"[]"));
            if found.is_some() {
                return found;
            }
        }
        None
    };
    let (count, names) = (empty.places.len(), empty.names.len());
    let by_name = choices_of_names(empty.likely(), names).map(|chosen| -> Vec<usize> {
        chosen.iter().filter_map(|name| empty.of_name.get(*name)).flatten().copied().collect()
    });
    // Each place by itself, where one name stands for several.
    let is_shared = count > names;
    let few = if is_shared && count <= FEW { 1..1_usize << count } else { 0..0 };
    let few = few.map(|bits| (0..count).filter(|index| bits >> index & 1 == 1).collect());
    let single = if is_shared && count > FEW { 0..count.min(SINGLE) } else { 0..0 };
    for chosen in by_name.chain(few).chain(single.map(|index| vec![index])) {
        let found = with(search, &chosen);
        if found.is_some() || !search.is_complete() {
            return found;
        }
    }
    None
}

fn put(text: &mut [u8], place: usize, brackets: [u8; 2]) {
    if let Some(old) = text.get_mut(place..place + 2) {
        old.copy_from_slice(&brackets);
    }
}

/// Which names may have been those of objects: all, the likely ones, and then the fewest first, with the likely ones in
/// front.
fn choices_of_names(likely: Vec<usize>, names: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut order = likely.clone();
    order.extend((0..names).filter(|name| !likely.contains(name)));
    let all = (names > 0).then(|| (0..names).collect());
    let likely = Some(likely).filter(|likely| !likely.is_empty());
    let sized = (1..names).flat_map(move |size| {
        let order = order.clone();
        combinations(order.len(), size)
            .map(move |chosen| chosen.into_iter().filter_map(|at| order.get(at).copied()).collect())
    });
    all.into_iter().chain(likely).chain(sized).take(MOST)
}

/// Every choice of `size` numbers below `count`, those with the least last number first.
fn combinations(count: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let first: Option<Vec<usize>> = (size <= count).then(|| (0..size).collect());
    std::iter::successors(first, move |chosen| {
        let mut next = chosen.clone();
        // The first that can move up moves, and those before it start again.
        for at in 0..size {
            let limit = chosen.get(at + 1).copied().unwrap_or(count);
            let moved = next.get_mut(at)?;
            *moved += 1;
            if *moved < limit {
                return Some(next);
            }
            *moved = at;
        }
        None
    })
}

/// Where the empty arrays of a compact text stand.
struct Empty<'t> {
    places: Vec<usize>,
    /// The names of the members that they are, or are elements of.
    names: Vec<(&'t [u8], bool)>,
    /// Which of the places each name has.
    of_name: Vec<Vec<usize>>,
}

impl<'t> Empty<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut empty = Self { places: Vec::new(), names: Vec::new(), of_name: Vec::new() };
        let mut numbers: HashMap<(&[u8], bool), usize> = HashMap::new();
        // The member that each open container is, or is an element of.
        let mut open: Vec<&[u8]> = Vec::new();
        let mut name: Option<&[u8]> = None;
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let end = token_end(text, at);
            match byte {
                b'"' if text.get(end) == Some(&b':') => name = text.get(at + 1..end - 1),
                b'[' if text.get(end) == Some(&b']') => {
                    let key = (name.or(open.last().copied()).unwrap_or_default(), name.is_none());
                    let number = *numbers.entry(key).or_insert(empty.names.len());
                    if number == empty.names.len() {
                        empty.names.push(key);
                        empty.of_name.push(Vec::new());
                    }
                    if let Some(places) = empty.of_name.get_mut(number) {
                        places.push(empty.places.len());
                    }
                    empty.places.push(at);
                    open.push(b"");
                }
                b'{' | b'[' => open.push(name.take().or(open.last().copied()).unwrap_or_default()),
                b'}' | b']' => drop(open.pop()),
                b',' => name = None,
                _ => {}
            }
            at = end;
        }
        empty
    }

    /// The numbers of the names that Didit is known to give to objects.
    fn likely(&self) -> Vec<usize> {
        let place = |name: &str| self.names.iter().position(|known| *known == (name.as_bytes(), false));
        OBJECTS.iter().filter_map(|name| place(name)).collect()
    }
}

/// A number in a text, and what it may have been.
type Digits = (Vec<(usize, usize)>, Vec<String>);

/// Large numbers have lost their last digits: JavaScript's are doubles.
fn before_javascript<T>(document: &Document<'_>, search: &mut Search, visit: Visit<'_, T>) -> Option<T> {
    let cost = document.canonical.len().saturating_add(document.wire.len()).saturating_mul(8);
    if !search.budget.spend(cost.saturating_add(document.body.len().saturating_mul(16))) {
        return None;
    }
    // One number that stands at several places was one number before.
    let mut candidates: Vec<(&str, Vec<String>)> = Vec::new();
    let mut product: usize = 1;
    for literal in document.rounded() {
        if candidates.iter().all(|(known, _)| *known != literal) {
            let digits = rounded_from(literal);
            product = product.saturating_mul(digits.len().max(1));
            if product > MOST_DIGITS {
                return None;
            }
            // Nothing else is printed like some of them.
            candidates.extend((digits.len() > 1).then_some((literal, digits)));
        }
    }
    if candidates.is_empty() {
        return None;
    }
    for apart in [false, true] {
        for text in texts(document) {
            let numbers = numbers(&text, &candidates, apart)?;
            if apart && numbers.len() == candidates.len() {
                return None;
            }
            let product: usize = numbers.iter().map(|(_, digits)| digits.len()).product();
            let places: usize = numbers.iter().map(|(places, _)| places.len()).sum();
            for choice in 0..product {
                if !search.budget.spend(text.len() / 4 + places.saturating_mul(32)) {
                    return None;
                }
                if let Some(found) = visit(search, &with_digits(&text, &numbers, choice)) {
                    return Some(found);
                }
                if !search.is_complete() {
                    return None;
                }
            }
        }
    }
    None
}

/// The places of the rounded numbers in a compact text: those of one literal together, or each by itself unless those
/// are too many choices.
fn numbers(text: &[u8], candidates: &[(&str, Vec<String>)], apart: bool) -> Option<Vec<Digits>> {
    let mut numbers: Vec<Digits> = Vec::new();
    if !apart {
        numbers.extend(candidates.iter().map(|(_, digits)| (Vec::new(), digits.clone())));
    }
    let mut product: usize = 1;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let span = (at, token_end(text, at));
        at = span.1;
        if !matches!(byte, b'-' | b'0'..=b'9') {
            continue;
        }
        let token = text.get(span.0..span.1).unwrap_or_default();
        let Some(known) = candidates.iter().position(|(literal, _)| literal.as_bytes() == token) else { continue };
        if !apart {
            numbers.get_mut(known)?.0.push(span);
            continue;
        }
        let (_, digits) = candidates.get(known)?;
        product = product.saturating_mul(digits.len());
        if product > MOST_DIGITS {
            return None;
        }
        numbers.push((vec![span], digits.clone()));
    }
    Some(numbers)
}

/// The text with the digits of this choice, the first number's changing fastest.
fn with_digits(text: &[u8], numbers: &[Digits], mut choice: usize) -> Vec<u8> {
    let mut pieces: Vec<((usize, usize), &str)> = Vec::new();
    for (places, digits) in numbers {
        if let Some(chosen) = digits.get(choice % digits.len().max(1)) {
            pieces.extend(places.iter().map(|place| (*place, chosen.as_str())));
        }
        choice /= digits.len().max(1);
    }
    pieces.sort_unstable();
    let mut changed = Vec::with_capacity(text.len() + pieces.len());
    let mut at = 0;
    for ((start, end), digits) in pieces {
        changed.extend_from_slice(text.get(at..start).unwrap_or_default());
        changed.extend_from_slice(digits.as_bytes());
        at = end;
    }
    changed.extend_from_slice(text.get(at..).unwrap_or_default());
    changed
}

#[cfg(test)]
mod tests {
    use super::{Empty, MOST, choices_of_names, combinations, numbers, with_digits};

    #[test]
    fn every_choice_once_and_the_likely_first() {
        let choices: Vec<Vec<usize>> = choices_of_names(vec![2, 1], 4).collect();
        assert_eq!(choices[..4], [vec![0, 1, 2, 3], vec![2, 1], vec![2], vec![1]]);
        let mut sets: Vec<Vec<usize>> = choices[2..].to_vec();
        sets.push(choices[0].clone());
        sets.iter_mut().for_each(|set| set.sort_unstable());
        sets.sort_unstable();
        sets.dedup();
        assert_eq!(sets.len(), 15);
        assert_eq!(combinations(5, 3).count(), 10);
        assert_eq!(choices_of_names(Vec::new(), 100).count(), MOST);
        assert_eq!(choices_of_names(Vec::new(), 0).count(), 0);
    }

    #[test]
    fn empty_arrays_have_the_names_of_their_members() {
        let text = br#"{"a":[],"b":[[],{"a":[],"c":1},[],[1,[]]],"s":"[]"}"#;
        let empty = Empty::of(text);
        assert!(empty.places.iter().all(|place| text.get(*place..place + 2) == Some(b"[]")));
        assert_eq!(empty.names, [(&b"a"[..], false), (b"b", true)]);
        assert_eq!(empty.of_name, [vec![0, 2], vec![1, 3, 4]]);
    }

    #[test]
    fn digits_are_put_where_the_number_stands() {
        let candidates =
            [("10", vec!["9".to_owned(), "11".to_owned()]), ("20", vec!["20".to_owned(), "21".to_owned()])];
        let text = br#"{"10":10,"b":[20,10,"20"]}"#;
        let together = numbers(text, &candidates, false).expect("few");
        assert_eq!(with_digits(text, &together, 1), br#"{"10":11,"b":[20,11,"20"]}"#);
        assert_eq!(with_digits(text, &together, 2), br#"{"10":9,"b":[21,9,"20"]}"#);
        let apart = numbers(text, &candidates, true).expect("few");
        assert_eq!(with_digits(text, &apart, 5), br#"{"10":11,"b":[20,11,"20"]}"#);
        assert_eq!(with_digits(text, &apart, 4), br#"{"10":9,"b":[20,11,"20"]}"#);
    }
}
