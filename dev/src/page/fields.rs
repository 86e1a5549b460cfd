//! What a person can change of each check, and on which step.

/// A step of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Documents, of people and of companies.
    Document,
    /// The face.
    Selfie,
    /// Everything else, and how it ends.
    Result,
}

impl Step {
    /// Its name in forms and texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Selfie => "selfie",
            Self::Result => "result",
        }
    }

    /// The step of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Document, Self::Selfie, Self::Result].into_iter().find(|step| step.name() == name)
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; an empty one is null.
    Text,
    /// A day.
    Date,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// One of some; the API may send others.
    Choice(&'static [&'static str]),
}

/// A check of the page.
#[derive(Debug)]
pub struct Check {
    /// The array of the decision.
    pub array: &'static str,
    /// Where it is shown.
    pub step: Step,
    /// How its warnings name the feature.
    pub feature: &'static str,
    /// What can be changed.
    pub fields: &'static [(&'static str, Kind)],
    /// Risk codes that are known for it; there are more.
    pub risks: &'static [&'static str],
}

const DOCUMENTS: Kind = Kind::Choice(&["Passport", "Identity Card", "Driver's License", "Residence Permit"]);
const SCORE: (&str, Kind) = ("score", Kind::Number);

/// Every check, in the order of the page.
pub const CHECKS: [Check; 14] = [
    Check {
        array: "id_verifications",
        step: Step::Document,
        feature: "ID_VERIFICATION",
        fields: &[
            ("first_name", Kind::Text),
            ("last_name", Kind::Text),
            ("date_of_birth", Kind::Date),
            ("gender", Kind::Choice(&["F", "M", "U"])),
            ("document_type", DOCUMENTS),
            ("document_number", Kind::Text),
            ("issuing_state", Kind::Text),
            ("nationality", Kind::Text),
            ("expiration_date", Kind::Date),
            ("formatted_address", Kind::Text),
        ],
        risks: &[
            "DOCUMENT_EXPIRED",
            "DATA_INCONSISTENT",
            "FULL_NAME_MISMATCH_WITH_PROVIDED",
            "DOB_MISMATCH_WITH_PROVIDED",
            "MRZ_VALIDATION_FAILED",
            "NAME_NOT_DETECTED",
            "POSSIBLE_DUPLICATED_USER",
            "SCREEN_CAPTURE_DETECTED",
        ],
    },
    Check {
        array: "nfc_verifications",
        step: Step::Document,
        feature: "NFC",
        fields: &[],
        risks: &["NFC_CHIP_NOT_VERIFIED"],
    },
    Check {
        array: "poa_verifications",
        step: Step::Document,
        feature: "PROOF_OF_ADDRESS",
        fields: &[
            ("name_on_document", Kind::Text),
            ("poa_address", Kind::Text),
            ("issuer", Kind::Text),
            ("issue_date", Kind::Date),
            ("name_match_score_id_verification", Kind::Number),
        ],
        risks: &[
            "ADDRESS_MISMATCH_WITH_PROVIDED",
            "EXPIRED_DOCUMENT",
            "NAME_MISMATCH_WITH_PROVIDED",
            "POOR_DOCUMENT_QUALITY",
        ],
    },
    Check {
        array: "registry_checks",
        step: Step::Document,
        feature: "KYB_REGISTRY",
        fields: &[],
        risks: &["KYB_REGISTRY_MISMATCH"],
    },
    Check { array: "key_people_checks", step: Step::Document, feature: "KYB_KEY_PEOPLE", fields: &[], risks: &[] },
    Check { array: "document_verifications", step: Step::Document, feature: "KYB_DOCUMENTS", fields: &[], risks: &[] },
    Check {
        array: "liveness_checks",
        step: Step::Selfie,
        feature: "LIVENESS",
        fields: &[
            SCORE,
            ("age_estimation", Kind::Number),
            ("face_quality", Kind::Number),
            ("face_luminance", Kind::Number),
        ],
        risks: &[
            "LIVENESS_FACE_ATTACK",
            "LOW_LIVENESS_SCORE",
            "NO_FACE_DETECTED",
            "MULTIPLE_FACES_DETECTED",
            "DUPLICATED_FACE",
            "AGE_BELOW_MINIMUM",
        ],
    },
    Check {
        array: "face_matches",
        step: Step::Selfie,
        feature: "FACEMATCH",
        fields: &[SCORE],
        risks: &["LOW_FACE_MATCH_SIMILARITY", "NO_REFERENCE_IMAGE"],
    },
    Check {
        array: "database_validations",
        step: Step::Result,
        feature: "DATABASE_VALIDATION",
        fields: &[("match_type", Kind::Choice(&["full_match", "partial_match", "no_match"]))],
        risks: &["DATABASE_VALIDATION_PARTIAL_MATCH", "DATABASE_VALIDATION_NO_MATCH"],
    },
    Check {
        array: "aml_screenings",
        step: Step::Result,
        feature: "AML",
        fields: &[SCORE, ("total_hits", Kind::Number)],
        risks: &["POSSIBLE_MATCH_FOUND", "COULD_NOT_PERFORM_AML_SCREENING"],
    },
    Check {
        array: "ip_analyses",
        step: Step::Result,
        feature: "LOCATION",
        fields: &[
            ("ip_address", Kind::Text),
            ("ip_country_code", Kind::Text),
            ("is_vpn_or_tor", Kind::Flag),
            ("is_data_center", Kind::Flag),
        ],
        risks: &["IP_ADDRESS_IN_BLOCKLIST"],
    },
    Check {
        array: "phone_verifications",
        step: Step::Result,
        feature: "PHONE",
        fields: &[
            ("phone_number_prefix", Kind::Text),
            ("phone_number", Kind::Text),
            ("is_virtual", Kind::Flag),
            ("is_disposable", Kind::Flag),
        ],
        risks: &[
            "HIGH_RISK_PHONE_NUMBER",
            "VOIP_NUMBER_DETECTED",
            "DISPOSABLE_NUMBER_DETECTED",
            "DUPLICATED_PHONE_NUMBER",
        ],
    },
    Check {
        array: "email_verifications",
        step: Step::Result,
        feature: "EMAIL_VERIFICATION",
        fields: &[
            ("email", Kind::Text),
            ("is_breached", Kind::Flag),
            ("is_disposable", Kind::Flag),
            ("is_undeliverable", Kind::Flag),
        ],
        risks: &["BREACHED_EMAIL_DETECTED", "DISPOSABLE_EMAIL_DETECTED", "UNDELIVERABLE_EMAIL_DETECTED"],
    },
    Check { array: "questionnaire_responses", step: Step::Result, feature: "QUESTIONNAIRE", fields: &[], risks: &[] },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::words::TEXTS;
    use crate::service::template;

    #[test]
    fn every_array_has_a_check_and_every_field_is_one_of_its_entry() {
        for (array, _) in template::arrays() {
            assert!(CHECKS.iter().any(|check| check.array == array), "{array}");
        }
        for check in &CHECKS {
            let entry = template::entry(check.array);
            assert!(TEXTS.iter().any(|(key, ..)| *key == check.array), "{}", check.array);
            for (field, _) in check.fields {
                assert!(entry.get(field).is_some(), "{}.{field}", check.array);
                assert!(TEXTS.iter().any(|(key, ..)| key == field), "{field}");
            }
        }
    }
}
