//! What the templates are filled with.

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::answer;
use super::callback::{form_action, is_safe, returning};
use super::draft::{self, Draft, Mistake, shown};
use super::fields::{Check, Kind, Step};
use super::words::Language;
use crate::service::session::Session;
use crate::service::{Context, Status, template};

/// Something that can be chosen.
#[derive(Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A field that can be changed.
#[derive(Debug)]
pub struct Field {
    /// Its name in the form, which is its id too.
    pub name: String,
    /// What is shown.
    pub label: String,
    /// The `type` of an input; empty where there are choices.
    pub kind: &'static str,
    /// What stands in it.
    pub value: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// Whether it cannot be what it is.
    pub is_wrong: bool,
}

/// A check with its fields.
#[derive(Debug)]
pub struct CheckView {
    /// The array of the decision.
    pub array: &'static str,
    /// What is shown.
    pub title: String,
    /// What can be changed.
    pub fields: Vec<Field>,
    /// The check's own status.
    pub statuses: Vec<Choice>,
    /// Risk codes.
    pub warnings: Vec<Choice>,
    /// Risk codes that are not listed.
    pub other_warning: String,
    /// Whether anything of its status or warnings was chosen, so that it is not hidden.
    pub is_open: bool,
}

/// A step of the way.
#[derive(Debug)]
pub struct StepView {
    /// What is shown.
    pub label: String,
    /// `done`, `current` or `ahead`.
    pub state: &'static str,
}

/// A click that ends the flow.
#[derive(Debug)]
pub struct Outcome {
    /// The status.
    pub status: &'static str,
    /// The label's key.
    pub label: &'static str,
}

/// The page.
#[derive(Template)]
#[template(path = "session.html")]
pub struct View {
    /// What it speaks.
    pub language: Language,
    /// Its languages.
    pub languages: Vec<(Language, String)>,
    /// Where its forms lead.
    pub action: String,
    /// Without the origin.
    pub token: String,
    /// The session's UUID.
    pub id: String,
    /// The session's status.
    pub status: Status,
    /// `step`, `done` or `waiting`.
    pub mode: &'static str,
    /// Where it stands.
    pub step: Step,
    /// The steps before and after.
    pub before: Option<Step>,
    /// The next one.
    pub next: Option<Step>,
    /// The way.
    pub steps: Vec<StepView>,
    /// What this step shows.
    pub checks: Vec<CheckView>,
    /// What other steps showed.
    pub hidden: Vec<(String, String)>,
    /// What may happen at the end.
    pub outcomes: Vec<Outcome>,
    /// What may have to be done again; empty where that cannot be asked for.
    pub resubmit: Vec<Choice>,
    /// What has to be done again, with reasons.
    pub again: Vec<(String, String)>,
    /// What cannot be read.
    pub mistakes: Vec<(String, String, String)>,
    /// The callback with its parameters, where a browser may be sent there.
    pub callback: Option<String>,
    /// Which device goes there.
    pub callback_method: String,
    /// Whether the checks are done.
    pub is_decided: bool,
    /// Which device this is: empty, `other` or `waiting`.
    pub device: String,
    /// The page's own address.
    pub url: String,
    /// Where the page goes by itself.
    pub onward: Option<String>,
    /// The style.
    pub style: &'static str,
    /// The script.
    pub script: &'static str,
}

/// Something that cannot be shown.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct Problem<'a> {
    /// What it speaks.
    pub language: Language,
    /// What is wrong.
    pub text: &'a str,
    /// The style.
    pub style: &'static str,
}

impl View {
    /// The page as it is first seen.
    pub fn of(context: &Context<'_>, session: &Session, language: Language, draft: &Draft) -> Self {
        let first = draft::steps(session).first().copied().unwrap_or(Step::Result);
        Self::at(context, session, language, draft, first, &[])
    }

    /// The page on a step.
    pub fn at(
        context: &Context<'_>,
        session: &Session,
        language: Language,
        draft: &Draft,
        step: Step,
        mistakes: &[Mistake],
    ) -> Self {
        let steps = draft::steps(session);
        let at = steps.iter().position(|known| *known == step).unwrap_or(steps.len().saturating_sub(1));
        let step = steps.get(at).copied().unwrap_or(Step::Result);
        let device = draft.get("device").unwrap_or_default().to_owned();
        let mode = match session.status {
            status if !status.is_unfinished() => "done",
            _ if device == "waiting" => "waiting",
            _ => "step",
        };
        let checks = draft::checks(session);
        let visible = |check: &&&Check| mode == "step" && check.step == step;
        let hidden =
            checks.iter().filter(|check| !visible(check)).flat_map(|check| draft.of_check(check)).cloned().collect();
        let state = |place: usize| match place.cmp(&at) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "current",
            std::cmp::Ordering::Greater => "ahead",
        };
        let view = |step: &Step, place| StepView { label: language.say(step.name()), state: state(place) };
        let segment = |language: Language| format!("/{}/session/{}", language.code(), session.token);
        Self {
            language,
            languages: Language::ALL.into_iter().map(|one| (one, segment(one))).collect(),
            action: segment(language),
            token: session.token.clone(),
            id: session.id.clone(),
            status: session.status,
            mode,
            step,
            before: at.checked_sub(1).and_then(|before| steps.get(before)).copied(),
            next: steps.get(at + 1).copied(),
            steps: steps.iter().enumerate().map(|(place, step)| view(step, place)).collect(),
            checks: checks
                .iter()
                .filter(visible)
                .map(|check| check_view(context, session, language, draft, check, mistakes))
                .collect(),
            hidden,
            outcomes: outcomes(session.status),
            resubmit: resubmit(session, language, &checks),
            again: again(session, language, &checks),
            mistakes: mistakes
                .iter()
                .map(|wrong| {
                    let said = match wrong.kind {
                        Kind::Date => "not_a_day",
                        Kind::Flag => "not_a_flag",
                        _ => "not_a_number",
                    };
                    (format!("{}.{}", wrong.array, wrong.field), language.say(wrong.field), language.say(said))
                })
                .collect(),
            callback: session.callback.as_deref().filter(|url| is_safe(url)).map(|url| returning(url, session)),
            callback_method: session.callback_method.clone(),
            is_decided: matches!(session.status, Status::Approved | Status::Declined | Status::InReview),
            device,
            url: format!("{}{}", context.base, segment(language)),
            onward: None,
            style: answer::STYLE,
            script: answer::SCRIPT,
        }
    }

    /// As an answer.
    pub fn answer(self, status: StatusCode) -> Response<Body> {
        let allowed = self.callback.as_deref().and_then(form_action);
        answer::page(status, &self, allowed.as_deref())
    }

    fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    /// The key of the headline when the checks are over.
    fn ending(&self) -> &'static str {
        match self.status {
            Status::Approved => "done_approved",
            Status::InReview => "done_review",
            Status::Abandoned => "done_abandoned",
            Status::Expired => "done_expired",
            Status::KycExpired => "done_kyc_expired",
            _ => "done_declined",
        }
    }

    /// What the person does next when the checks are over.
    fn farewell(&self) -> &'static str {
        match (self.device.as_str(), self.callback_method.as_str()) {
            ("other", "initiator") => "elsewhere",
            ("waiting", "completer") => "handed_over",
            _ => "close",
        }
    }

    /// A class for the status.
    fn tone(&self) -> &'static str {
        match self.status {
            Status::Approved => "good",
            Status::InReview => "open",
            _ => "bad",
        }
    }
}

fn outcomes(status: Status) -> Vec<Outcome> {
    let all = [
        (Status::Approved, "approve"),
        (Status::Declined, "decline"),
        (Status::InReview, "review"),
        (Status::Abandoned, "abandon"),
    ];
    let possible = all.into_iter().filter(|(next, _)| status.next().contains(next));
    possible.map(|(status, label)| Outcome { status: status.as_str(), label }).collect()
}

fn resubmit(session: &Session, language: Language, checks: &[&'static Check]) -> Vec<Choice> {
    // From a resubmission it would take another review, which nobody has made yet.
    let possible =
        matches!(session.status, Status::InProgress | Status::AwaitingUser | Status::InReview | Status::Declined);
    let choice = |(place, check): (usize, &&'static Check)| Choice {
        value: check.array.to_owned(),
        label: language.say(check.array),
        chosen: place == 0,
    };
    if possible {
        checks.iter().filter(|check| check.step != Step::Result).enumerate().map(choice).collect()
    } else {
        Vec::new()
    }
}

fn again(session: &Session, language: Language, checks: &[&'static Check]) -> Vec<(String, String)> {
    let title = |node: &str| {
        let of_node =
            |check: &&&Check| template::entry(check.array).get("node_id").and_then(Value::as_str) == Some(node);
        checks.iter().find(of_node).map_or_else(|| node.to_owned(), |check| language.say(check.array))
    };
    if session.status != Status::Resubmitted {
        return Vec::new();
    }
    draft::again(session).into_iter().map(|(node, reason)| (title(&node), reason)).collect()
}

fn check_view(
    context: &Context<'_>,
    session: &Session,
    language: Language,
    draft: &Draft,
    check: &Check,
    mistakes: &[Mistake],
) -> CheckView {
    let first = draft::first(session, check.array, context.now);
    let field = |(name, kind): &(&'static str, Kind)| {
        let form = format!("{}.{name}", check.array);
        let value = draft.get(&form).map_or_else(|| shown(first.get(*name).unwrap_or(&Value::Null)), str::to_owned);
        let choices = match kind {
            Kind::Flag => vec![
                Choice { value: "true".to_owned(), label: language.say("yes"), chosen: value == "true" },
                Choice { value: "false".to_owned(), label: language.say("no"), chosen: value != "true" },
            ],
            Kind::Choice(known) => {
                let mut all: Vec<&str> = known.to_vec();
                if !all.contains(&value.as_str()) {
                    all.insert(0, &value);
                }
                all.iter()
                    .map(|one| Choice { value: (*one).to_owned(), label: (*one).to_owned(), chosen: *one == value })
                    .collect()
            }
            _ => Vec::new(),
        };
        let input = match kind {
            Kind::Date => "date",
            Kind::Number => "number",
            _ => "text",
        };
        let is_wrong = mistakes.iter().any(|wrong| wrong.array == check.array && wrong.field == *name);
        // What is no number would be shown as nothing.
        let input = if is_wrong { "text" } else { input };
        Field { name: form, label: language.say(name), kind: input, value, choices, is_wrong }
    };
    let status = draft.get(&format!("{}.status", check.array)).unwrap_or_default();
    let statuses = draft::STATUSES.map(|one| Choice {
        value: one.to_owned(),
        label: language.say(if one.is_empty() { "as_result" } else { one }),
        chosen: one == status,
    });
    let chosen = draft.all(&format!("{}.warnings", check.array));
    let warnings: Vec<Choice> = check
        .risks
        .iter()
        .map(|risk| Choice { value: (*risk).to_owned(), label: (*risk).to_owned(), chosen: chosen.contains(risk) })
        .collect();
    let other_warning = draft.get(&format!("{}.other_warning", check.array)).unwrap_or_default().to_owned();
    CheckView {
        array: check.array,
        title: language.say(check.array),
        fields: check.fields.iter().map(field).collect(),
        is_open: !status.is_empty() || !chosen.is_empty() || !other_warning.is_empty(),
        statuses: statuses.into(),
        warnings,
        other_warning,
    }
}
