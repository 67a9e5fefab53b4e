use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_domain::{TenantId, Timestamp};
use countersign_flows::mail::{Carried, Carrier, Dispatch};
use countersign_store::Clock;
use uuid::Uuid;

use super::Written;

/// Letters kept, the newest: enough to try things out, some 2 KiB each.
const LETTERS_MAX: usize = 200;

/// Where a sandbox's letters end: its users' addresses are published, and some belong to real people.
#[derive(Clone)]
pub struct SandboxBox {
    clock: Clock,
    letters: Arc<Mutex<VecDeque<BoxedLetter>>>,
}

/// A letter in the box. It holds tokens, so it cannot be printed.
#[derive(Clone)]
pub struct BoxedLetter {
    /// Its id, the same at every attempt.
    pub id: Uuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it would have gone.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The links in it.
    pub links: Vec<String>,
    /// When it came here.
    pub sent_at: Timestamp,
}

impl SandboxBox {
    /// An empty one.
    pub fn new(clock: Clock) -> Self {
        Self { clock, letters: Arc::default() }
    }

    /// The tenant's letters, the newest first, perhaps only those to one address, whatever its letter case.
    pub fn letters(&self, tenant: TenantId, to: Option<&str>) -> Vec<BoxedLetter> {
        let letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked = |letter: &&BoxedLetter| {
            letter.tenant == tenant && to.is_none_or(|to| letter.to.eq_ignore_ascii_case(to.trim()))
        };
        letters.iter().rev().filter(is_asked).cloned().collect()
    }

    fn take(&self, letter: Dispatch) -> Carried {
        let Ok(Written { subject, text, links, .. }) = Written::of(&letter) else {
            return Carried::Never("it could not be written".to_owned());
        };
        let (id, tenant, to) = (letter.id, letter.tenant, letter.to.0);
        let letter = BoxedLetter { id, tenant, to, subject, text, links, sent_at: self.clock.now() };
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() >= LETTERS_MAX {
            letters.pop_front();
        }
        letters.push_back(letter);
        Carried::Yes
    }
}

impl Carrier for SandboxBox {
    fn carry(&self, letter: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>> {
        Box::pin(std::future::ready(self.take(letter)))
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::Language;
    use countersign_flows::mail::{Address, Content};

    use super::super::written::tests::dispatch;
    use super::*;

    #[test]
    fn the_box_keeps_the_newest_of_a_tenant_and_finds_an_address() {
        let letters = SandboxBox::new(Clock::manual(Timestamp::from_unix_seconds(1_795_514_400)));
        for n in 0..LETTERS_MAX + 5 {
            let mut letter = dispatch(Language::English, Content::AddressTaken);
            letter.to = Address(format!("Ada{n}@example.com"));
            letters.take(letter);
        }
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let all = letters.letters(tenant, None);
        assert_eq!((all.len(), all[0].to.as_str()), (LETTERS_MAX, "Ada204@example.com"));
        assert_eq!(letters.letters(tenant, Some(" ada7@EXAMPLE.com ")).len(), 1);
        assert_eq!(letters.letters(tenant, Some("ada4@example.com")).len(), 0, "the oldest went");
        assert_eq!(letters.letters(TenantId::from_uuid(Uuid::from_u128(2)), None).len(), 0);
    }
}
