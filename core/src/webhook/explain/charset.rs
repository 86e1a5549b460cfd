//! The two character sets that UTF-8 is taken for.

/// A character set of one byte a character.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Latin1,
    Windows1252,
}

/// Windows-1252 from 0x80 to 0x9f; its five gaps are control characters, as browsers have it.
const WINDOWS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}',
    '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}',
    '\u{17e}', '\u{178}',
];

impl Table {
    /// Both, the one that more programs take first.
    pub(super) const ALL: [Self; 2] = [Self::Windows1252, Self::Latin1];

    /// The UTF-8 that was read in this character set and is now UTF-8 of that.
    pub(super) fn encode(self, body: &[u8]) -> Option<Vec<u8>> {
        let text = str::from_utf8(body).ok().filter(|text| !text.is_ascii())?;
        let byte = |character: char| {
            let windows = || WINDOWS.iter().position(|known| *known == character).map(|place| place + 0x80);
            match self {
                Self::Windows1252
                    if !character.is_ascii() && u32::from(character) < 0xa0 || u32::from(character) > 0xff =>
                {
                    windows().and_then(|byte| u8::try_from(byte).ok())
                }
                _ => u8::try_from(u32::from(character)).ok(),
            }
        };
        let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
        bytes.filter(|bytes| str::from_utf8(bytes).is_ok())
    }

    /// The text that was written in this character set.
    pub(super) fn decode(self, body: &[u8]) -> Option<Vec<u8>> {
        if str::from_utf8(body).is_ok() {
            return None;
        }
        let character = |byte: &u8| match (self, byte) {
            (Self::Windows1252, 0x80..=0x9f) => WINDOWS.get(usize::from(byte - 0x80)).copied().unwrap_or_default(),
            _ => char::from(*byte),
        };
        Some(body.iter().map(character).collect::<String>().into_bytes())
    }
}
