//! What the generated resources and types stand on.
//!
//! An answer is a view of the JSON object that arrived, not a struct that it must fit: a member of an
//! unexpected type then reads as `None` instead of making the whole answer unreadable, and members that
//! are not described stay within reach.

mod page;
mod session;
mod view;

use std::fmt;
use std::ops::Deref;

pub use page::Page;
pub use view::View;
pub(crate) use view::{input, params, view};

use super::operation::Operation;
use super::{Answer, Arguments, CallOptions, Didit};
use crate::Error;

/// The client and the options of the calls that a resource makes.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    didit: &'a Didit,
    options: CallOptions,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(didit: &'a Didit) -> Self {
        Self { didit, options: CallOptions::default() }
    }

    pub(crate) fn with_options(self, options: CallOptions) -> Self {
        Self { options, ..self }
    }

    pub(crate) fn call<T: From<View>>(&self, id: &str, arguments: Arguments) -> Result<Answered<T>, Error> {
        let answer = self.didit.call(Operation::named(id)?, &arguments, &self.options)?;
        let view = View::read(&answer)?;
        Ok(Answered { data: view.into(), answer })
    }

    pub(crate) fn list<T: From<View>>(&self, id: &str, arguments: Arguments) -> Result<Page<T>, Error> {
        Page::first(self.didit.clone(), Operation::named(id)?, arguments, self.options.clone())
    }

    pub(crate) fn file(&self, id: &str, arguments: Arguments) -> Result<Answer, Error> {
        self.didit.call(Operation::named(id)?, &arguments, &self.options)
    }
}

/// Neither the client nor its options: both hold credentials.
impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

/// What the API answered: the typed data, and status, headers and request id beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<T> {
    data: T,
    answer: Answer,
}

impl<T> Answered<T> {
    /// Status, headers, request id and the body as it arrived.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The data alone.
    pub fn into_data(self) -> T {
        self.data
    }
}

impl<T> Deref for Answered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

/// Declares a resource: a group of operations, or of further resources.
macro_rules! resource {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug)]
        pub struct $name<'a>(pub(crate) $crate::api::typed::Scope<'a>);

        impl $name<'_> {
            /// The resource with other options for its calls.
            #[must_use]
            pub fn with_options(self, options: $crate::api::CallOptions) -> Self {
                Self(self.0.with_options(options))
            }
        }
    };
}
pub(crate) use resource;
