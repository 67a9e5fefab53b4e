//! What a refusal tells the person, in the person's language.

use countersign_api::Problem;
use countersign_domain::{Language, Settings};

use super::start::{PANICS, Running, start};
use super::wire::{GOOD_BODY, LOGIN, Reply, exchange, request, request_to};

const REGISTER: &str = "/api/v6/services/usermanagement/register-customer";
const WRONG: &str = r#"{"email":"hello@remitjunction.co.uk","currentPassword":"Password@2"}"#;

async fn login(running: &Running, lines: &[&str], body: &str) -> Reply {
    exchange(running.address, &request("PUT", LOGIN, lines, body)).await.unwrap()
}

/// The language that an answer says it is in.
fn language(reply: &Reply) -> String {
    reply.header("content-language").unwrap_or_default()
}

/// From now on the tenant's people read this language, unless they ask for another.
async fn speaks(running: &Running, slug: &str, language: Language) {
    let tenant = running.flows.tenant(&slug.parse().unwrap()).await.unwrap().unwrap();
    let settings = Settings { language, ..(*tenant.settings).clone() };
    running
        .flows
        .set_tenant_settings(countersign_flows::Doer::Operator, &tenant, settings, "language".to_owned())
        .await
        .unwrap()
        .unwrap();
}

/// Body and headers as they were before there was any other language, but for the two headers that tell of it.
#[tokio::test]
async fn a_client_that_asks_for_no_language_gets_what_it_always_got() {
    let running = start().await;
    let reply = login(&running, &[], WRONG).await;
    assert_eq!((reply.status, language(&reply).as_str()), (401, "en"));
    assert_eq!(reply.header("vary").as_deref(), Some("accept-language"));
    assert_eq!(
        String::from_utf8(reply.body).unwrap(),
        r#"{"type":"/docs/errors#INVALID_CREDENTIALS","title":"Invalid credentials","status":401,"detail":"The email or the password is incorrect.","instance":"/api/v6/services/securitymanagement/login","code":"INVALID_CREDENTIALS","message":"The email or the password is incorrect.","solutions":["Verify email address is correct","Check password is entered correctly","Use password reset if forgotten","Contact support if issue persists"],"requestId":"200"}"#
    );
    let reply = login(&running, &[], r#"{"email":"no address","currentPassword":"short","role":7}"#).await;
    assert_eq!(
        String::from_utf8(reply.body).unwrap(),
        r#"{"type":"/docs/errors#VALIDATION_FAILED","title":"Validation failed","status":400,"detail":"The request is not complete or not correct.","instance":"/api/v6/services/securitymanagement/login","code":"VALIDATION_FAILED","message":"The request is not complete or not correct.","solutions":["Correct the fields named in errors and send the request again"],"errors":[{"field":"role","code":"WRONG_TYPE","message":"must be a text"},{"field":"email","code":"INVALID","message":"must be an email address such as name@example.com"},{"field":"currentPassword","code":"INVALID","message":"must have at least 8 characters"}],"requestId":"200"}"#
    );
    let reply = login(&running, &[], GOOD_BODY).await;
    let told = (reply.status, reply.header("content-language"), reply.header("vary"));
    assert_eq!(told, (200, None, None), "what is not a refusal has no language");
}

#[tokio::test]
async fn a_person_is_told_in_the_language_asked_for() {
    let running = start().await;
    let long = format!("{}fr", "de,".repeat(2_000));
    let cases = [
        ("fr", "fr", "L’adresse e-mail ou le mot de passe est incorrect."),
        ("fr-CA", "fr", "L’adresse e-mail ou le mot de passe est incorrect."),
        ("pt-BR, en;q=0.8", "pt", "O endereço de e-mail ou a palavra-passe (senha) não estão corretos."),
        ("en;q=0.5, ES-419;q=0.9", "es", "La dirección de correo o la contraseña no son correctas."),
        ("de, es;Q=0.3, ar-EG;q=0.7", "ar", "عنوان البريد الإلكتروني أو كلمة المرور غير صحيحة."),
        ("en, fr", "en", "The email or the password is incorrect."),
        ("de-CH, it", "en", "The email or the password is incorrect."),
        ("*", "en", "The email or the password is incorrect."),
        ("fr;q=0, es;Q=0", "en", "The email or the password is incorrect."),
        ("-;;=,q, fr ;q=x", "en", "The email or the password is incorrect."),
        ("français", "en", "The email or the password is incorrect."),
        ("", "en", "The email or the password is incorrect."),
        (&long, "en", "The email or the password is incorrect."),
    ];
    let english = login(&running, &[], WRONG).await.problem();
    for (asked, told, message) in cases {
        // A right password in between: nobody is locked out by this.
        login(&running, &[], GOOD_BODY).await;
        let reply = login(&running, &[&format!("Accept-Language: {asked}")], WRONG).await;
        let problem = reply.problem();
        assert_eq!((language(&reply).as_str(), problem.message.as_ref()), (told, message), "{asked}");
        assert_eq!(reply.header("vary").as_deref(), Some("accept-language"), "{asked}");
        assert_eq!(problem.solutions == english.solutions, told == "en", "{asked}");
        // What is for programs and developers is the same in every language.
        let (message, solutions) = (english.message.clone(), english.solutions.clone());
        assert_eq!(Problem { message, solutions, ..problem }, english, "{asked}");
    }
}

#[tokio::test]
async fn without_a_language_of_ours_the_tenants_is_told() {
    let running = start().await;
    speaks(&running, "remitjunction", Language::French).await;
    for (lines, told) in [
        (&[][..], "fr"),
        (&["Accept-Language: de, *;q=0.5"], "fr"),
        (&["Accept-Language: es-MX"], "es"),
        (&["Accept-Language: en-GB"], "en"),
    ] {
        assert_eq!(language(&login(&running, lines, WRONG).await), told, "{lines:?}");
    }
    // Not of another tenant, nor where there is none.
    for (host, told) in [("otherjunction.localhost", "en"), ("nobody.localhost", "en"), ("suspended.localhost", "en")] {
        let reply = exchange(running.address, &request_to(host, "PUT", LOGIN, &[], "")).await.unwrap();
        assert_eq!((reply.status >= 400, language(&reply).as_str()), (true, told), "{host}");
    }
}

/// Whatever refuses: a layer, the router, a broken story, the standard endpoints.
#[tokio::test]
async fn every_refusal_is_told_in_it() {
    let running = start().await;
    let asked = "Accept-Language: fr-SN";
    for (bytes, status, message) in [
        (
            request_to("nobody.localhost", "GET", LOGIN, &[asked], ""),
            404,
            "Aucun service n’est proposé à cette adresse.",
        ),
        (request_to("suspended.localhost", "PUT", LOGIN, &[asked], ""), 403, "Ce service est suspendu pour le moment."),
        (request("GET", "/nowhere", &[asked], ""), 404, "Il n’y a rien à cette adresse."),
        (request("BREW", LOGIN, &[asked], ""), 405, "Cette adresse ne peut pas être appelée de cette manière."),
        (request("GET", PANICS, &[asked], ""), 500, "Un problème est survenu de notre côté."),
        (
            b"GET / HTTP/1.1\r\nHost: _\r\nAccept-Language: fr\r\n\r\n".to_vec(),
            400,
            "L’adresse de la demande n’est pas un nom d’hôte valide.",
        ),
    ] {
        let reply = exchange(running.address, &bytes).await.unwrap();
        let told = (reply.status, language(&reply), reply.header("vary"));
        assert_eq!(told, (status, "fr".to_owned(), Some("accept-language".to_owned())), "{message}");
        assert_eq!(reply.problem().message, message);
    }
    let form = ["Content-Type: application/x-www-form-urlencoded", asked];
    let host = super::start::HOST;
    let reply = exchange(running.address, &request_to(host, "POST", "/oauth2/introspect", &form, "token=x")).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, language(&reply).as_str()), (401, "fr"));
    let body = reply.json();
    assert_eq!(body["message"], "Vous n’êtes pas connecté, ou votre session est terminée.");
    // RFC 6749 section 5.2 allows ASCII alone, and it is for a developer.
    assert_eq!(body["error_description"], "You are not logged in, or your session has ended.");
}

#[tokio::test]
async fn a_cache_keeps_answers_apart_by_origin_as_well() {
    let running = start().await;
    let lines = ["platform: fincode", "uuid: 200", "Origin: https://app.example.com", "Accept-Language: es"];
    let ask = request_to("listed.localhost", "PUT", LOGIN, &lines, GOOD_BODY);
    let reply = exchange(running.address, &ask).await.unwrap();
    assert_eq!((reply.status, reply.header("vary").as_deref()), (415, Some("origin, accept-language")));
    assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some("https://app.example.com"));
}

#[tokio::test]
async fn a_form_is_told_what_to_mend_and_a_developer_what_to_program() {
    let running = start().await;
    let body = r#"{"firstName":"A","lastName":"Byron","email":"ada@example.com","phone":"7911123456","dob":"1990-05-17",
        "dialingCode":"44","password":"Wand3rlust!Oak","confirmPassword":"Wand3rlust!Elm","address":["1 High Street"]}"#;
    let reply = exchange(running.address, &request("POST", REGISTER, &["Accept-Language: es-MX"], body)).await.unwrap();
    let problem = reply.problem();
    let told: Vec<_> = problem.errors.iter().map(|error| (error.field.as_str(), error.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("address", "must be a text"),
            ("firstName", "debe tener de 2 a 50 letras; entre ellas puede haber espacios, guiones y apóstrofos"),
            ("dialingCode", "debe ser un prefijo de país, por ejemplo +44"),
            ("confirmPassword", "debe ser igual que la contraseña"),
        ]
    );
    let english = exchange(running.address, &request("POST", REGISTER, &[], body)).await.unwrap().problem();
    let codes = |problem: &Problem| problem.errors.iter().map(|error| error.code).collect::<Vec<_>>();
    assert_eq!(codes(&problem), codes(&english), "the codes are the same in every language");
    assert_eq!(english.errors[3].message, "must be the same as password");

    // What the tenant's policy has against a password, all at once.
    let weak = body.replace("\"A\"", "\"Ada\"").replace("\"44\"", "\"+44\"").replace(r#"["1 High Street"]"#, "null");
    let weak = weak.replace("Wand3rlust!Oak", "wanderlust").replace("Wand3rlust!Elm", "wanderlust");
    let reply =
        exchange(running.address, &request("POST", REGISTER, &["Accept-Language: pt-AO"], &weak)).await.unwrap();
    let problem = reply.problem();
    let told: Vec<_> = problem.errors.iter().map(|error| (error.field.as_str(), error.message.as_str())).collect();
    let of_policy = "deve ter uma letra maiúscula; deve ter um algarismo; \
                     deve ter um símbolo especial, por exemplo ! @ # $ ou um espaço";
    assert_eq!(told, [("password", of_policy)]);
}
