#![allow(missing_docs, clippy::unwrap_used)]
use std::sync::Arc;
use std::time::{Duration, Instant};
use didit_core::{Code, Error};
pub use didit_core_cancel::CancelToken;
mod didit_core_cancel {
    use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
    #[derive(Clone, Default)]
    pub struct CancelToken(Arc<AtomicBool>);
    impl CancelToken {
        pub fn cancel(&self) { self.0.store(true, Ordering::Release) }
        pub fn is_cancelled(&self) -> bool { self.0.load(Ordering::Acquire) }
    }
}
pub struct AttemptFacts<'a> { pub operation: &'a str, pub attempt: u32, pub status: Option<u16> }
pub trait Observer: Send + Sync { fn before(&self, a: &AttemptFacts<'_>); fn after(&self, a: &AttemptFacts<'_>); }
#[derive(Clone)]
pub struct Didit(#[allow(dead_code)] Arc<()>);
#[derive(Default, Clone)]
pub struct CallOptions { pub timeout: Option<Duration>, pub connect_timeout: Option<Duration>, pub max_retries: Option<u32>, pub cancel: CancelToken, pub observer: Option<Arc<dyn Observer>> }
pub struct Answer { pub status: u16, pub headers: Vec<(String, String)>, pub body: Vec<u8>, pub request_id: Option<String>, pub attempts: u32 }
impl Didit {
    pub fn new() -> Self { Self(Arc::new(())) }
    pub fn call(&self, operation: &str, arguments: &str, options: &CallOptions) -> Result<Answer, Error> {
        let ms: u64 = arguments.split("\"sleep\":").nth(1).and_then(|s| s.split(|c: char| !c.is_ascii_digit()).next()).and_then(|s| s.parse().ok()).unwrap_or(0);
        if arguments.contains("\"panic\":true") { panic!("asked for {arguments}") }
        if let Some(o) = &options.observer { o.before(&AttemptFacts { operation, attempt: 1, status: None }); }
        let end = Instant::now() + Duration::from_millis(ms);
        while Instant::now() < end {
            if options.cancel.is_cancelled() { return Err(Error::new(Code::Cancelled)); }
            std::thread::sleep(Duration::from_millis(ms.min(50)));
        }
        if let Some(o) = &options.observer { o.after(&AttemptFacts { operation, attempt: 1, status: Some(200) }); }
        Ok(Answer { status: 201, headers: vec![("content-type".into(), "application/json".into())], body: br#"{"session_id":"s","status":"Approved","url":"https://verify.didit.me/session/abc","results":[{"a":1}],"next":null}"#.to_vec(), request_id: Some("r".into()), attempts: 1 })
    }
}
