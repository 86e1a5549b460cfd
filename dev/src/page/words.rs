//! What the page says, in each of its languages.

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, also in place of every language that the page does not speak.
    English,
    /// Arabic, from right to left.
    Arabic,
}

impl Language {
    /// Every one, in the order of the menu.
    pub const ALL: [Language; 2] = [Self::English, Self::Arabic];

    /// The language of a path's segment; regions count for nothing.
    pub fn of(segment: &str) -> Self {
        match segment.split(['-', '_']).next() {
            Some("ar") => Self::Arabic,
            _ => Self::English,
        }
    }

    /// For `lang`, and for paths.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
        }
    }

    /// For `dir`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::Arabic => "rtl",
        }
    }

    /// What its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Arabic => "العربية",
        }
    }

    /// The text of a key; a key without one is shown as it is, with its underscores as spaces.
    pub fn say(self, key: &str) -> String {
        let found = TEXTS.iter().find(|(known, ..)| *known == key);
        match (found, self) {
            (Some((_, english, _)), Self::English) => (*english).to_owned(),
            (Some((_, _, arabic)), Self::Arabic) => (*arabic).to_owned(),
            (None, _) => key.replace('_', " "),
        }
    }
}

/// Keys, English, Arabic.
pub(super) const TEXTS: &[(&str, &str, &str)] = &[
    ("title", "Identity verification", "التحقق من الهوية"),
    ("stand_in", "didit-dev: a stand-in for tests", "بديل للاختبار: didit-dev"),
    (
        "stand_in_text",
        "This is not Didit. No camera is used, nothing is uploaded and nobody is verified: you choose what the checks find.",
        "هذه ليست صفحة Didit. لا تُستخدم الكاميرا ولا يُرفع أي شيء ولا يُتحقق من أحد: أنت من يختار ما تجده الفحوصات.",
    ),
    ("language", "Language", "اللغة"),
    ("steps", "Steps", "الخطوات"),
    ("step_done", "done", "اكتملت"),
    ("document", "Document", "الوثيقة"),
    ("selfie", "Selfie", "الصورة الذاتية"),
    ("result", "Result", "النتيجة"),
    ("document_title", "Your document", "وثيقتك"),
    (
        "document_text",
        "What the document check will read. Change whatever your test needs.",
        "ما سيقرؤه فحص الوثيقة. غيّر ما يحتاج إليه اختبارك.",
    ),
    ("selfie_title", "Your selfie", "صورتك الذاتية"),
    (
        "selfie_text",
        "What the face checks will measure. Scores go from 0 to 100.",
        "ما ستقيسه فحوصات الوجه. الدرجات من 0 إلى 100.",
    ),
    ("result_title", "How does it end?", "كيف ينتهي التحقق؟"),
    (
        "result_text",
        "The session goes to the status that you choose, and its webhook is sent.",
        "تنتقل الجلسة إلى الحالة التي تختارها، ويُرسل إشعار الويب الخاص بها.",
    ),
    ("sample", "SAMPLE", "عيّنة"),
    ("back", "Back", "رجوع"),
    ("continue", "Continue", "متابعة"),
    ("approve", "Approve", "قبول"),
    ("decline", "Decline", "رفض"),
    ("review", "Send to review", "إرسال للمراجعة"),
    ("abandon", "Abandon", "ترك التحقق"),
    ("resubmit", "Ask to resubmit", "طلب إعادة التقديم"),
    (
        "resubmit_text",
        "A reviewer asks for some steps again. The session stays open.",
        "يطلب مراجع إعادة بعض الخطوات. تبقى الجلسة مفتوحة.",
    ),
    ("resubmit_steps", "Steps to do again", "الخطوات المطلوب إعادتها"),
    ("reason", "Reason", "السبب"),
    ("reason_default", "Please do this step again.", "يرجى إعادة هذه الخطوة."),
    ("again_title", "Some steps have to be done again", "يجب إعادة بعض الخطوات"),
    ("other_checks", "Other checks", "فحوصات أخرى"),
    ("check_status", "Status of this check", "حالة هذا الفحص"),
    ("as_result", "as the result needs it", "حسب النتيجة"),
    ("warnings", "Warnings", "التحذيرات"),
    ("other_warning", "Another risk code", "رمز خطر آخر"),
    ("yes", "yes", "نعم"),
    ("no", "no", "لا"),
    ("mistakes", "Please correct this first", "يرجى تصحيح هذا أولاً"),
    ("not_a_number", "is not a number", "ليس رقمًا"),
    ("not_a_day", "is not a day such as 1990-02-28", "ليس تاريخًا مثل 1990-02-28"),
    ("not_a_flag", "is neither true nor false", "ليس true ولا false"),
    ("status", "Status", "الحالة"),
    ("session", "Session", "الجلسة"),
    ("reviewer", "You may play the reviewer", "يمكنك أداء دور المراجع"),
    ("done_approved", "You are verified", "تم التحقق منك"),
    ("done_declined", "You could not be verified", "تعذّر التحقق منك"),
    ("done_review", "Somebody is looking at it", "طلبك قيد المراجعة"),
    ("done_abandoned", "You left before the end", "غادرت قبل النهاية"),
    ("done_expired", "This link has expired", "انتهت صلاحية هذا الرابط"),
    ("done_kyc_expired", "Your verification has expired", "انتهت صلاحية التحقق الخاص بك"),
    ("return", "Return to the application", "العودة إلى التطبيق"),
    ("close", "You can close this page.", "يمكنك إغلاق هذه الصفحة."),
    ("elsewhere", "Go on at the device on which you began.", "تابع على الجهاز الذي بدأت منه."),
    ("handed_over", "It goes on at the other device.", "تستمر العملية على الجهاز الآخر."),
    ("another_device", "Continue on another device", "المتابعة على جهاز آخر"),
    (
        "another_device_text",
        "Open this link on the other device, and wait here. callback_method says which of the two goes to the callback:",
        "افتح هذا الرابط على الجهاز الآخر وانتظر هنا. تحدد callback_method أيّ الجهازين ينتقل إلى رابط الاستدعاء:",
    ),
    ("wait_here", "Wait here", "الانتظار هنا"),
    ("waiting_title", "Waiting for the other device", "في انتظار الجهاز الآخر"),
    (
        "waiting_text",
        "This page looks every two seconds whether it is done.",
        "تتحقق هذه الصفحة كل ثانيتين مما إذا انتهت العملية.",
    ),
    ("use_this_device", "Use this device after all", "استخدام هذا الجهاز"),
    ("problem", "That did not work", "لم تنجح العملية"),
    (
        "unknown_session",
        "There is no such session. It may have been forgotten: didit-dev keeps its state in memory unless told otherwise.",
        "لا توجد جلسة كهذه. ربما نُسيت: يحتفظ didit-dev بحالته في الذاكرة ما لم يُطلب غير ذلك.",
    ),
    ("Not Started", "Not Started", "لم تبدأ"),
    ("In Progress", "In Progress", "قيد التنفيذ"),
    ("Awaiting User", "Awaiting User", "في انتظار المستخدم"),
    ("In Review", "In Review", "قيد المراجعة"),
    ("Approved", "Approved", "مقبولة"),
    ("Declined", "Declined", "مرفوضة"),
    ("Resubmitted", "Resubmitted", "أُعيدت للتقديم"),
    ("Abandoned", "Abandoned", "متروكة"),
    ("Expired", "Expired", "منتهية"),
    ("Kyc Expired", "Kyc Expired", "انتهت صلاحية التحقق"),
    ("Not Finished", "Not Finished", "غير مكتمل"),
    ("id_verifications", "Identity document", "وثيقة الهوية"),
    ("nfc_verifications", "Chip of the document", "شريحة الوثيقة"),
    ("liveness_checks", "Liveness", "حيوية الوجه"),
    ("face_matches", "Face match", "مطابقة الوجه"),
    ("poa_verifications", "Proof of address", "إثبات العنوان"),
    ("database_validations", "Database", "قاعدة البيانات"),
    ("aml_screenings", "Sanctions and watch lists", "العقوبات وقوائم المراقبة"),
    ("ip_analyses", "Network address", "عنوان الشبكة"),
    ("phone_verifications", "Phone", "الهاتف"),
    ("email_verifications", "E-mail", "البريد الإلكتروني"),
    ("questionnaire_responses", "Questionnaire", "الاستبيان"),
    ("registry_checks", "Company register", "سجل الشركات"),
    ("key_people_checks", "Key people", "الأشخاص الرئيسيون"),
    ("document_verifications", "Company documents", "وثائق الشركة"),
    ("first_name", "First name", "الاسم الأول"),
    ("last_name", "Last name", "اسم العائلة"),
    ("date_of_birth", "Date of birth", "تاريخ الميلاد"),
    ("document_type", "Type of document", "نوع الوثيقة"),
    ("document_number", "Document number", "رقم الوثيقة"),
    ("issuing_state", "Issuing state", "دولة الإصدار"),
    ("nationality", "Nationality", "الجنسية"),
    ("gender", "Gender", "الجنس"),
    ("expiration_date", "Expires on", "تاريخ الانتهاء"),
    ("formatted_address", "Address", "العنوان"),
    ("score", "Score", "الدرجة"),
    ("age_estimation", "Estimated age", "العمر المقدّر"),
    ("face_quality", "Face quality", "جودة الوجه"),
    ("face_luminance", "Face luminance", "إضاءة الوجه"),
    ("name_on_document", "Name on the document", "الاسم على الوثيقة"),
    ("poa_address", "Address on the document", "العنوان على الوثيقة"),
    ("issuer", "Issuer", "جهة الإصدار"),
    ("issue_date", "Issued on", "تاريخ الإصدار"),
    ("name_match_score_id_verification", "Match of the names", "تطابق الأسماء"),
    ("match_type", "Type of match", "نوع التطابق"),
    ("total_hits", "Hits", "عدد النتائج"),
    ("ip_address", "Address", "العنوان"),
    ("ip_country_code", "Country", "البلد"),
    ("is_vpn_or_tor", "VPN or Tor", "شبكة VPN أو Tor"),
    ("is_data_center", "Data centre", "مركز بيانات"),
    ("phone_number_prefix", "Prefix", "المفتاح"),
    ("phone_number", "Number", "الرقم"),
    ("is_virtual", "Virtual number", "رقم افتراضي"),
    ("is_disposable", "Disposable", "مؤقت"),
    ("email", "E-mail", "البريد الإلكتروني"),
    ("is_breached", "Found in a breach", "ظهر في تسريب"),
    ("is_undeliverable", "Undeliverable", "غير قابل للتسليم"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_templates_has_one_text_in_each_language() {
        for template in [include_str!("../../templates/session.html"), include_str!("../../templates/check.html")] {
            for key in template.split("say(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(TEXTS.iter().any(|(known, ..)| *known == key), "{key}");
            }
        }
        for (at, (key, english, arabic)) in TEXTS.iter().enumerate() {
            assert!(!english.is_empty() && !arabic.is_empty() && english != arabic, "{key}");
            assert!(TEXTS.iter().skip(at + 1).all(|(other, ..)| other != key), "{key} stands there twice");
        }
    }

    #[test]
    fn the_segment_of_the_path_names_the_language() {
        assert_eq!(
            ["ar", "ar-EG", "en", "pt-BR", "xx", ""].map(Language::of).map(Language::code),
            ["ar", "ar", "en", "en", "en", "en"]
        );
    }
}
