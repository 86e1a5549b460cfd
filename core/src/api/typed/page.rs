//! Lists, page by page or item by item.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use super::View;
use crate::Error;
use crate::api::operation::Operation;
use crate::api::{Answer, Arguments, CallOptions, Didit, next_page};

/// One page of a list.
pub struct Page<T> {
    didit: Didit,
    operation: &'static Operation,
    arguments: Arguments,
    options: CallOptions,
    answer: Answer,
    view: View,
    items: PhantomData<T>,
}

impl<T: From<View>> Page<T> {
    pub(crate) fn first(
        didit: Didit,
        operation: &'static Operation,
        arguments: Arguments,
        options: CallOptions,
    ) -> Result<Self, Error> {
        let answer = didit.call(operation, &arguments, &options)?;
        let view = View::read(&answer)?;
        Ok(Self { didit, operation, arguments, options, answer, view, items: PhantomData })
    }

    /// The items of this page.
    pub fn results(&self) -> Vec<T> {
        self.view.objects("results").unwrap_or_default()
    }

    /// How many items there are in all, as the API counts: it stops counting at 100 for several lists.
    pub fn count(&self) -> Option<i64> {
        self.view.integer("count")
    }

    /// Status, headers, request id and the body as it arrived.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The next page; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// Those of the call that fetches it.
    pub fn next_page(&self) -> Result<Option<Self>, Error> {
        let Some(arguments) = next_page(self.operation, &self.arguments, &self.answer)? else { return Ok(None) };
        Self::first(self.didit.clone(), self.operation, arguments, self.options.clone()).map(Some)
    }

    /// All items from this page on; further pages are fetched when they are needed. An error ends it.
    pub fn items(self) -> impl Iterator<Item = Result<T, Error>> {
        let mut ready: VecDeque<T> = self.results().into();
        let mut page = Some(self);
        std::iter::from_fn(move || {
            loop {
                if let Some(item) = ready.pop_front() {
                    return Some(Ok(item));
                }
                match page.take()?.next_page() {
                    Ok(next) => {
                        ready = next.as_ref().map(Self::results).unwrap_or_default().into();
                        page = next;
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
        })
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}
