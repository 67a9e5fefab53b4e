use super::encoding::Encoder;
use super::merkle;
use super::{Event, Personal, PersonalFields, SALT_BYTES, Sha256};

/// Changes when a field is added, so that a leaf of one version is never taken for one of another.
const EVENT_PURPOSE: &str = "countersign audit event 1";
const PERSONAL_PURPOSE: &str = "countersign audit personal 1";

impl Event {
    /// What the event gives to its batch's Merkle tree: the hash of its public fields and of its commitment.
    pub fn leaf(&self) -> Sha256 {
        let mut fields = Encoder::new(EVENT_PURPOSE);
        fields.put(self.tenant.uuid().as_bytes());
        fields.put(self.id.uuid().as_bytes());
        fields.put_number(self.at.micros());
        fields.put(self.actor.kind().as_bytes());
        fields.put_optional(self.actor.id().map(|id| *id.as_bytes()).as_ref().map(|id| id.as_slice()));
        fields.put_optional(self.subject.map(|id| *id.uuid().as_bytes()).as_ref().map(|id| id.as_slice()));
        fields.put_optional(self.session.map(|id| *id.uuid().as_bytes()).as_ref().map(|id| id.as_slice()));
        fields.put(self.action.as_str().as_bytes());
        fields.put(self.outcome.as_str().as_bytes());
        fields.put_optional(self.reason.as_ref().map(|reason| reason.as_str().as_bytes()));
        fields.put_number(i64::from(self.count));
        fields.put_optional(self.request_id.as_deref().map(str::as_bytes));
        fields.put(self.commitment().as_bytes());
        merkle::leaf(&fields.finish())
    }

    /// What stands for the personal fields in the leaf: it shows nothing of them, and no others fit it.
    pub fn commitment(&self) -> Sha256 {
        match &self.personal {
            Personal::Kept { salt, fields } => commit(salt, fields),
            Personal::Erased { commitment } => *commitment,
        }
    }
}

fn commit(salt: &[u8; SALT_BYTES], personal: &PersonalFields) -> Sha256 {
    let mut fields = Encoder::new(PERSONAL_PURPOSE);
    fields.put(salt);
    fields.put_optional(personal.name_hash.as_ref().map(|hash| hash.as_slice()));
    fields.put_optional(personal.client_address.map(|address| address.to_string()).as_deref().map(str::as_bytes));
    fields.put_optional(personal.user_agent.as_deref().map(str::as_bytes));
    fields.put_optional(personal.detail.as_deref().map(str::as_bytes));
    Sha256::of(&fields.finish())
}
