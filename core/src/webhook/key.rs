//! The secrets: HMAC keys that are never shown, and the comparison that takes as long whatever matches.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// One secret, as the keyed state of the MAC. The state is wiped when it is dropped.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// The secret's bytes are the key as they are: nothing is trimmed, decoded or stripped.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        if secret.is_empty() {
            return None;
        }
        Hmac::new_from_slice(secret).ok().map(Self)
    }

    pub(super) fn mac(&self, message: &[u8]) -> [u8; 32] {
        self.keyed(message).finalize().into_bytes().into()
    }

    fn keyed(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac
    }
}

/// What to warn of about the secrets that begin or end with white space, or are nothing else, in words that show nothing of
/// them. They are used as they are all the same.
pub fn spaced_secrets(secrets: &[&[u8]]) -> Vec<String> {
    let warning = |(place, _): (usize, &&[u8])| {
        let which =
            if secrets.len() == 1 { "the webhook secret".to_owned() } else { format!("webhook secret {}", place + 1) };
        format!(
            "{which} has white space around it, which counts as a part of it: unless Didit's own has it too, every \
             delivery is refused as signature_mismatch; look for the end of a line in the file or variable that it \
             comes from"
        )
    };
    secrets.iter().enumerate().filter(|(_, secret)| has_space_around(secret)).map(warning).collect()
}

fn has_space_around(secret: &[u8]) -> bool {
    std::str::from_utf8(secret).map_or_else(|_| secret.trim_ascii() != secret, |text| text.trim() != text)
}

/// All accepted secrets.
#[derive(Clone)]
pub(super) struct Keys(Box<[Key]>);

impl Keys {
    /// `None` if there is no secret or one of them is empty.
    pub(super) fn new(secrets: &[&[u8]]) -> Option<Self> {
        let keys: Option<Box<[Key]>> = secrets.iter().map(|secret| Key::new(secret)).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self)
    }

    /// Which secret made this MAC of the message. All are tried, whichever matches.
    pub(super) fn matching(&self, message: &[u8], mac: &[u8; 32]) -> Option<usize> {
        let mut found = None;
        for (index, key) in self.0.iter().enumerate() {
            let matches = key.keyed(message).verify_slice(mac).is_ok();
            if matches && found.is_none() {
                found = Some(index);
            }
        }
        found
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{has_space_around, spaced_secrets};

    #[test]
    fn space_around_a_secret_is_told() {
        for spaced in ["secret\n", " secret", "secret\r\n", "\tsecret", "secret\u{a0}", " ", "\n"] {
            assert!(has_space_around(spaced.as_bytes()), "{spaced:?}");
        }
        for plain in ["secret", "a secret", ""] {
            assert!(!has_space_around(plain.as_bytes()), "{plain:?}");
        }
        assert!(has_space_around(b"\xff\n") && !has_space_around(b"\xff"));
    }

    #[test]
    fn of_several_secrets_the_one_is_named() {
        let named = |secrets: &[&[u8]]| -> Vec<String> {
            let which = |warning: &String| warning.split(" has ").next().unwrap_or_default().to_owned();
            spaced_secrets(secrets).iter().map(which).collect()
        };
        assert_eq!(named(&[b"a\n"]), ["the webhook secret"]);
        assert_eq!(named(&[b" a", b"b", b"c "]), ["webhook secret 1", "webhook secret 3"]);
        assert!(named(&[b"a", b"b"]).is_empty() && named(&[]).is_empty());
    }
}
