use std::collections::HashMap;

use crate::TenantId;

/// Letters that are due, given the oldest first, in the order in which they are sent: tenants in turn, and of each tenant
/// one that is waited for and one other in turn. So a flood of letters of one tenant holds up no other's, a flood of
/// registrations holds up no reset, and neither keeps anything waiting for ever.
pub fn in_turn<T>(due: Vec<(TenantId, bool, T)>) -> Vec<T> {
    let mut seen: HashMap<(TenantId, bool), u32> = HashMap::new();
    let mut turns: Vec<(u32, bool, T)> = due
        .into_iter()
        .map(|(tenant, is_waited_for, letter)| {
            let turn = seen.entry((tenant, is_waited_for)).or_default();
            *turn = turn.saturating_add(1);
            (*turn, !is_waited_for, letter)
        })
        .collect();
    // Stable: within a turn the oldest stays first.
    turns.sort_by_key(|(turn, is_other, _)| (*turn, *is_other));
    turns.into_iter().map(|(_, _, letter)| letter).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn tenants_and_resets_take_turns() {
        let due =
            |tenant: u128, is_waited_for, name| (TenantId::from_uuid(Uuid::from_u128(tenant)), is_waited_for, name);
        let order = in_turn(vec![
            due(1, false, "flood 1"),
            due(1, false, "flood 2"),
            due(1, false, "flood 3"),
            due(2, false, "notice"),
            due(1, true, "reset 1"),
            due(2, true, "reset of another"),
            due(1, true, "reset 2"),
        ]);
        let expected = ["reset 1", "reset of another", "flood 1", "notice", "reset 2", "flood 2", "flood 3"];
        assert_eq!(order, expected);
        assert!(in_turn::<()>(Vec::new()).is_empty());
    }
}
