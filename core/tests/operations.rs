//! What the operation table promises to the code that walks it.
#![cfg(feature = "api")]

use std::collections::HashSet;

use didit_core::api::OPERATIONS;
use didit_core::api::operation::{BodyKind, Host, Place, Retry, Schema, Verb};

#[test]
fn ids_are_sorted_and_unique() {
    assert_eq!(OPERATIONS.len(), 260);
    assert!(OPERATIONS.windows(2).all(|pair| pair[0].id < pair[1].id));
    let routes: HashSet<_> = OPERATIONS.iter().map(|operation| (operation.verb, operation.path)).collect();
    assert_eq!(routes.len(), OPERATIONS.len());
}

#[test]
fn every_placeholder_is_a_parameter() {
    for operation in OPERATIONS {
        let named: Vec<&str> =
            operation.path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default()).collect();
        let in_path = operation.parameters.iter().filter(|parameter| parameter.place == Place::Path);
        let mut given: Vec<&str> = in_path.map(|parameter| parameter.wire).collect();
        let mut wanted = named.clone();
        given.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(given, wanted, "{}", operation.id);
        assert!(operation.path.starts_with('/'), "{}", operation.id);
    }
}

#[test]
fn names_are_unique_but_for_one_value_in_two_places() {
    for operation in OPERATIONS {
        for (at, parameter) in operation.parameters.iter().enumerate() {
            for other in &operation.parameters[at + 1..] {
                let one_value = parameter.option.is_some() && parameter.option == other.option;
                assert!(parameter.name != other.name || one_value, "{}: {}", operation.id, parameter.name);
            }
        }
    }
}

#[test]
fn bodies_and_parameters_agree() {
    for operation in OPERATIONS {
        let has = |place| operation.parameters.iter().any(|parameter| parameter.place == place);
        let any = has(Place::Body) || has(Place::WholeBody) || has(Place::File);
        assert!(operation.body != BodyKind::None || !any, "{}", operation.id);
        assert!(!has(Place::File) || matches!(operation.body, BodyKind::Multipart | BodyKind::Json), "{}", operation.id);
        for parameter in operation.parameters.iter().filter(|parameter| parameter.place == Place::File) {
            let is_file = match parameter.schema {
                Schema::Array { items, .. } => matches!(items, Schema::File { .. }),
                schema => matches!(schema, Schema::File { .. }),
            };
            assert!(is_file, "{}: {}", operation.id, parameter.name);
        }
    }
}

#[test]
fn only_what_reads_is_safe() {
    for operation in OPERATIONS {
        let reads = operation.verb == Verb::Get;
        assert_eq!(matches!(operation.retry, Retry::Safe), reads, "{}", operation.id);
    }
}

#[test]
fn the_api_key_belongs_to_the_verification_host() {
    use didit_core::api::operation::Auth;
    for operation in OPERATIONS {
        assert!(operation.auth != Auth::ApiKey || operation.host == Host::Verification, "{}", operation.id);
    }
}
