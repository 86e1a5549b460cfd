//! Who may call: programs, and pages that the emulator served itself.
//!
//! Any site can make a browser send requests to this machine, and a name of its own may lead there (DNS rebinding).
//! Browsers say both: which name they were given (`Host`), and on whose behalf they ask (`Origin`, `Sec-Fetch-Site`).
//! Programs send no `Origin`, so nothing changes for them.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Response, Uri, header};
use axum::middleware::{Next, from_fn_with_state};

use super::response;
use crate::service::reply::Refusal;

/// The names and the pages that are allowed.
#[derive(Debug)]
pub struct Guard {
    bound: IpAddr,
    names: Vec<String>,
    public: Option<String>,
}

/// What is behind a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The hosted page: it may stand in a frame, whose forms have an origin that is opaque.
    Page,
    /// The inspector and the control API.
    Control,
    /// Everything else.
    Api,
}

impl Guard {
    /// For a server that listens on `bound`, and may be called by the host of `public_url` and by `names` too.
    pub fn new(bound: IpAddr, names: &[String], public_url: Option<&str>) -> Self {
        let public = public_url.and_then(origin);
        let host = public_url.and_then(|url| url.parse::<Uri>().ok()).and_then(|uri| uri.host().map(plain));
        let names = names.iter().map(|name| plain(name)).chain(host).collect();
        Self { bound, names, public }
    }

    /// Guard the hosted page.
    pub fn page<S: Clone + Send + Sync + 'static>(self: &Arc<Self>, routes: Router<S>) -> Router<S> {
        routes.layer(from_fn_with_state((Arc::clone(self), Part::Page), check))
    }

    /// Guard the inspector and the control API.
    pub fn control<S: Clone + Send + Sync + 'static>(self: &Arc<Self>, routes: Router<S>) -> Router<S> {
        routes.layer(from_fn_with_state((Arc::clone(self), Part::Control), check))
    }

    /// Guard everything else.
    pub fn api<S: Clone + Send + Sync + 'static>(self: &Arc<Self>, routes: Router<S>) -> Router<S> {
        routes.layer(from_fn_with_state((Arc::clone(self), Part::Api), check))
    }

    fn allows(&self, authority: &Authority) -> bool {
        let host = plain(authority.host());
        if host == "localhost" || host.ends_with(".localhost") || self.names.contains(&host) {
            return true;
        }
        let Ok(address) = host.parse::<IpAddr>().map(|address| address.to_canonical()) else { return false };
        // An address is not a name that somebody else can let lead here.
        address.is_loopback() || address == self.bound.to_canonical() || self.bound.is_unspecified()
    }

    fn refusal(&self, part: Part, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Refusal> {
        let called = match one(headers, &header::HOST) {
            Ok(called) => called.or_else(|| uri.authority().map(ToString::to_string)),
            Err(several) => return Some(several),
        };
        let host = called.as_deref().map(Authority::try_from);
        match &host {
            Some(Ok(host)) if !host.as_str().contains('@') && self.allows(host) => {}
            // Browsers always say it.
            None => {}
            _ => return Some(misdirected(called.as_deref().unwrap_or_default())),
        }
        if uri.authority().is_some_and(|authority| !self.allows(authority)) {
            return Some(misdirected(uri.host().unwrap_or_default()));
        }
        let own = match one(headers, &header::ORIGIN) {
            Ok(None) => true,
            Ok(Some(asked)) if asked == "null" => part == Part::Page,
            Ok(Some(asked)) => self.is_own(&asked, called.as_deref()),
            Err(several) => return Some(several),
        };
        // Reading leaves no Origin where an image or a script asks. A link to the inspector is a navigation.
        let said = |name| headers.get(HeaderName::from_static(name)).and_then(|value| value.to_str().ok());
        let followed = said("sec-fetch-mode") == Some("navigate") && method == Method::GET;
        let crossed = matches!(said("sec-fetch-site"), Some("cross-site" | "same-site"));
        (!own || (part == Part::Control && crossed && !followed)).then(|| {
            let text =
                "A page of another origin asks for this, and only didit-dev's own pages may: call it from your server.";
            Refusal::detail(403, text)
        })
    }

    /// Whether an origin is the address that was called, or the one in links.
    fn is_own(&self, asked: &str, called: Option<&str>) -> bool {
        let Some(asked) = origin(asked) else { return false };
        let schemes = ["http", "https"].into_iter();
        self.public.as_ref() == Some(&asked)
            || called.is_some_and(|called| {
                schemes.into_iter().any(|scheme| origin(&format!("{scheme}://{called}")).as_ref() == Some(&asked))
            })
    }
}

async fn check(State((guard, part)): State<(Arc<Guard>, Part)>, request: Request, next: Next) -> Response<Body> {
    match guard.refusal(part, request.method(), request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(refusal) => {
            let reply = refusal.into_reply();
            tracing::warn!(status = reply.status, "a request under a foreign name or of a foreign page was refused");
            response(reply)
        }
    }
}

/// The only value of a header; two are somebody's trick.
fn one(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Refusal> {
    let mut all = headers.get_all(name).iter();
    let first = all.next().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    match all.next() {
        None => Ok(first),
        Some(_) => Err(Refusal::detail(400, format!("There is more than one {name} header."))),
    }
}

fn misdirected(called: &str) -> Refusal {
    let called: String = called.chars().take(100).collect();
    let text = format!(
        "didit-dev is not called {called:?}: a name that it does not know may be a page's way to this machine. Call it by its \
         address, or start it with --allow-host and the name."
    );
    Refusal::detail(421, text)
}

/// `scheme://host:port` in lowercase, without a port that goes without saying.
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?.to_ascii_lowercase(), uri.authority()?);
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(format!("{scheme}://{}:{}", plain(authority.host()), authority.port_u16().unwrap_or(usual)))
}

/// A host as it is compared: in lowercase, without the brackets of an address and the dot of the root.
fn plain(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(guard: &Guard, part: Part, headers: &[(&'static str, &str)]) -> Option<u16> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header's value")))
            .collect();
        let refusal = guard.refusal(part, &Method::POST, &Uri::from_static("/x"), &headers);
        refusal.map(|refusal| refusal.into_reply().status)
    }

    #[test]
    fn names_that_lead_here_from_elsewhere_are_refused() {
        let bound = |address: &str, names: &[&str], public| {
            Guard::new(
                address.parse().expect("an address"),
                &names.iter().map(ToString::to_string).collect::<Vec<_>>(),
                public,
            )
        };
        let own = bound("127.0.0.1", &["Didit-Dev"], Some("https://dev.example:8443/"));
        for host in [
            "localhost:8787",
            "LOCALHOST",
            "a.localhost:1",
            "127.0.0.1:8787",
            "127.9.9.9",
            "[::1]:8787",
            "didit-dev:8787",
        ]
        .into_iter()
        .chain(["dev.example", "dev.example.:8443", "[::ffff:127.0.0.1]:1"])
        {
            assert_eq!(refused(&own, Part::Api, &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:8787",
            "192.168.1.7:8787",
            "0.0.0.0:8787",
            "",
            "x@127.0.0.1",
            "127.0.0.1.nip.example",
            "not a host",
        ] {
            assert_eq!(refused(&own, Part::Api, &[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(refused(&own, Part::Api, &[]), None);
        assert_eq!(refused(&bound("192.168.1.7", &[], None), Part::Api, &[("host", "192.168.1.7:1")]), None);
        assert_eq!(refused(&bound("192.168.1.7", &[], None), Part::Api, &[("host", "192.168.1.8:1")]), Some(421));
        assert_eq!(refused(&bound("0.0.0.0", &[], None), Part::Api, &[("host", "172.17.0.2:8787")]), None);
        assert_eq!(refused(&bound("0.0.0.0", &[], None), Part::Api, &[("host", "evil.example")]), Some(421));
    }

    #[test]
    fn only_own_pages_may_ask() {
        let guard = Guard::new(IpAddr::from([127, 0, 0, 1]), &[], Some("https://dev.example/"));
        let ask = |part, host, origin| refused(&guard, part, &[("host", host), ("origin", origin)]);
        for part in [Part::Page, Part::Control, Part::Api] {
            assert_eq!(ask(part, "localhost:8787", "http://localhost:8787"), None);
            assert_eq!(ask(part, "127.0.0.1:8787", "https://dev.example"), None);
            assert_eq!(ask(part, "dev.example", "https://dev.example:443"), None);
            for origin in [
                "http://localhost:3000",
                "http://127.0.0.1:8787",
                "https://evil.example",
                "http://dev.example",
                "file://",
                "x",
                "",
            ] {
                assert_eq!(ask(part, "localhost:8787", origin), Some(403), "{origin}");
            }
            let expected = if part == Part::Page { None } else { Some(403) };
            assert_eq!(ask(part, "localhost:8787", "null"), expected);
        }
        let reads = |part, site| {
            refused(&guard, part, &[("host", "localhost"), ("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")])
        };
        assert_eq!((reads(Part::Control, "cross-site"), reads(Part::Control, "same-site")), (Some(403), Some(403)));
        assert_eq!(
            (reads(Part::Control, "same-origin"), reads(Part::Control, "none"), reads(Part::Api, "cross-site")),
            (None, None, None)
        );
        assert_eq!(refused(&guard, Part::Api, &[("origin", "http://localhost")]), Some(403));
    }
}
