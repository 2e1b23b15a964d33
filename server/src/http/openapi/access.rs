//! What the document says of access: the two ways to show who asks, and the refusals that every call has.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Refusals that no call is without.
const REFUSALS: [(&str, &str); 4] = [
    ("400", "Broken below its content."),
    ("401", "No access key, or one that does not work."),
    ("403", "Not for your role, not from another site's page, or not under this name of the server."),
    ("429", "More than your key, or your address, may ask; see `Retry-After`."),
];

/// The document with access in it.
pub fn described(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An access key. An installation without keys needs none, and answers this machine alone."));
    components.add_security_scheme("key", SecurityScheme::Http(bearer.build()));
    let cookie = ApiKeyValue::with_description(
        "foliocast_session",
        "The session of whoever signed in at /login; over https its name begins with `__Host-`.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let none: [&str; 0] = [];
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            if ["/healthz", "/readyz"].contains(&path.as_str()) {
                operation.security = Some(vec![SecurityRequirement::default()]);
                continue;
            }
            operation.security =
                Some(vec![SecurityRequirement::new("key", none), SecurityRequirement::new("session", none)]);
            REFUSALS.iter().for_each(|(status, words)| add(operation, status, words));
            add(operation, "503", "Not for the moment; see `Retry-After`.");
        }
    }
    document
}

fn add(operation: &mut Operation, status: &str, words: &str) {
    operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(words)));
}

fn refusal(words: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    ResponseBuilder::new().description(words).content("application/json", body).build()
}
