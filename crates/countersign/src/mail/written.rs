use std::borrow::Cow;

use askama::Template;
use countersign_domain::{Kind, Timestamp};
use countersign_flows::mail::{Content, Dispatch, Link};

use super::words::Words;

/// The colour of tenants that set none: dark enough for white letters on it.
const USUAL_COLOUR: &str = "#1f4e79";

/// A letter written out. It holds tokens, so it cannot be printed.
pub struct Written {
    /// The subject, one line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// Every link in it.
    pub links: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'l> {
    greeting: &'l str,
    body: &'l str,
    offers: &'l [Offer],
    action: &'l str,
    paste: &'l str,
    closing: &'l str,
    tenant: &'l str,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'l> {
    tag: &'l str,
    direction: &'l str,
    subject: &'l str,
    colour: &'l str,
    ink: &'l str,
    greeting: &'l str,
    body: &'l str,
    offers: &'l [Offer],
    action: &'l str,
    paste: &'l str,
    closing: &'l str,
    tenant: &'l str,
}

/// A link as a letter offers it.
struct Offer {
    label: Option<&'static str>,
    url: String,
    token: String,
    until: String,
}

impl Written {
    /// Writes a letter in its language.
    ///
    /// # Errors
    /// A template that fails, which none of these can.
    pub fn of(letter: &Dispatch) -> Result<Self, askama::Error> {
        let words = Words::of(letter.language);
        let said = words.letter(&letter.content);
        let tenant = one_line(&letter.tenant_name);
        let fill = |text: &str| text.replace("{at}", &moment(letter.at)).replace("{tenant}", &tenant);
        let (subject, body, closing) = (fill(said.subject), fill(said.body), fill(said.closing));
        let greeting = match &letter.first_name {
            Some(name) => words.greeting.replace("{name}", &one_line(name)),
            None => words.greeting_of_nobody.to_owned(),
        };
        let offers = offers(words, &letter.content);
        let text = Text {
            greeting: &greeting,
            body: &body,
            offers: &offers,
            action: said.action,
            paste: words.paste,
            closing: &closing,
            tenant: &tenant,
        };
        let colour = letter.settings.mail_colour.as_deref().unwrap_or(USUAL_COLOUR);
        let html = Html {
            tag: letter.language.tag(),
            direction: if letter.language.is_right_to_left() { "rtl" } else { "ltr" },
            subject: &subject,
            colour,
            ink: ink(colour),
            greeting: &greeting,
            body: &body,
            offers: &offers,
            action: said.action,
            paste: words.paste,
            closing: &closing,
            tenant: &tenant,
        };
        let (text, html) = (text.render()?, html.render()?);
        Ok(Self { subject, text, html, links: offers.into_iter().map(|offer| offer.url).collect() })
    }
}

fn offers(words: &Words, content: &Content) -> Vec<Offer> {
    let offer = |label, link: &Link| Offer {
        label,
        url: link.url().expose().to_owned(),
        token: link.token.expose().to_owned(),
        until: words.until.replace("{until}", &moment(link.expires_at)),
    };
    match content {
        Content::Confirmation(link) | Content::Invitation(link) => vec![offer(None, link)],
        Content::Reset(links) => {
            let label = |kind| match kind {
                Kind::Customer => words.customer,
                Kind::Staff => words.staff,
            };
            links.iter().map(|(kind, link)| offer((links.len() > 1).then(|| label(*kind)), link)).collect()
        }
        Content::AddressTaken | Content::PasswordChanged | Content::PasswordReset | Content::RefreshReused => {
            Vec::new()
        }
    }
}

/// A name as it may stand in a letter: on one line, so that it can neither end a header nor begin a paragraph of its own,
/// and without marks that turn the direction of what follows.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| {
        c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(breaks) { Cow::Owned(text.replace(breaks, " ")) } else { Cow::Borrowed(text) }
}

/// To the minute, in UTC: read alike in every language.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// Black or white, whichever is read better on a colour: it is light from where both contrast alike (WCAG 2.2, relative
/// luminance 0.179).
fn ink(colour: &str) -> &'static str {
    let channel = |at: usize| {
        let value = colour.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or(0);
        let share = f64::from(value) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
    if luminance > 0.179 { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use countersign_domain::LANGUAGES;
    use countersign_domain::{Language, Secret, Settings, TenantId};
    use countersign_flows::mail::{Address, Page};
    use uuid::Uuid;

    use super::*;

    const AT: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);

    fn link(page: Page) -> Link {
        let page = format!("https://remitjunction.auth.example.com{}", page.path());
        Link { page, token: Secret::new("VGhlIHRva2VuIG9mIGEgdGVzdA"), expires_at: AT }
    }

    fn contents() -> Vec<(&'static str, Content)> {
        let reset = || link(Page::ResetPassword);
        vec![
            ("confirmation", Content::Confirmation(link(Page::ConfirmEmail))),
            ("address_taken", Content::AddressTaken),
            ("invitation", Content::Invitation(link(Page::AcceptInvitation))),
            ("reset", Content::Reset(vec![(Kind::Customer, reset())])),
            ("reset_of_two", Content::Reset(vec![(Kind::Customer, reset()), (Kind::Staff, reset())])),
            ("password_changed", Content::PasswordChanged),
            ("password_reset", Content::PasswordReset),
            ("refresh_reused", Content::RefreshReused),
        ]
    }

    pub(in crate::mail) fn dispatch(language: Language, content: Content) -> Dispatch {
        Dispatch {
            id: Uuid::from_u128(7),
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            tenant_name: "RemitJunction".into(),
            settings: Arc::new(Settings::default()),
            language,
            to: Address("ada@example.com".into()),
            first_name: Some("Ada".into()),
            at: AT,
            content,
        }
    }

    #[test]
    fn every_letter_is_written_in_every_language() {
        for language in LANGUAGES {
            let mut all = String::new();
            for (name, content) in contents() {
                let written = Written::of(&dispatch(language, content)).unwrap();
                all += &format!("=== {name}\nSubject: {}\n\n{}\n", written.subject, written.text);
                assert!(!all.contains('{'), "{language} {name}");
            }
            insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
                insta::assert_snapshot!(format!("letters.{language}"), all);
            });
        }
    }

    #[test]
    fn a_letter_reads_the_same_in_html() {
        for language in LANGUAGES {
            for (name, content) in contents() {
                let written = Written::of(&dispatch(language, content)).unwrap();
                let direction = if language == Language::Arabic { "rtl" } else { "ltr" };
                let head = format!("<html lang=\"{language}\" dir=\"{direction}\">");
                assert!(written.html.contains(&head), "{language} {name}");
                for link in &written.links {
                    assert!(
                        written.html.contains(&format!("href=\"{link}\"")) && written.text.contains(link),
                        "{name}"
                    );
                }
                for part in ["<img", "<script", "<link", "@import", "url(", "http://"] {
                    assert!(!written.html.contains(part), "{language} {name} holds {part}");
                }
            }
        }
        let written = Written::of(&dispatch(Language::Arabic, contents().swap_remove(4).1)).unwrap();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!("letter.html", written.html);
        });
    }

    #[test]
    fn names_stay_names() {
        let evil = "Ada</p>\r\nBcc: all@example.com\u{2028}\u{202e}<script>";
        let mut letter = dispatch(Language::English, contents().swap_remove(2).1);
        letter.first_name = Some(evil.into());
        letter.tenant_name = evil.into();
        let written = Written::of(&letter).unwrap();
        assert!(!written.subject.contains(char::is_control), "{}", written.subject);
        for text in [&written.text, &written.html] {
            assert!(!text.contains("\nBcc") && !text.contains('\u{202e}') && !text.contains('\u{2028}'), "{text}");
        }
        assert!(!written.html.contains("<script>") && !written.html.contains("Ada</p>"));
    }

    #[test]
    fn letters_on_a_colour_can_be_read() {
        for (colour, ink) in
            [(USUAL_COLOUR, "#ffffff"), ("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#ffcc00", "#000000")]
        {
            assert_eq!(super::ink(colour), ink, "{colour}");
        }
    }
}
