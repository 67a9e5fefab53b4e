//! A person as the contract words one, and back.

use countersign_api::{Hidden, ListQuery, PeopleAnswer, PersonAnswer, PersonDetails, PersonViewAnswer};
use countersign_domain::{Account, Kind, Person, Role};
use countersign_store::{ListPeople, OnlyPeople, PeoplePage};

use crate::http::cursor;
use crate::http::extract::Body;
use crate::http::problem::Refused;

/// An account in a list.
pub(super) fn in_list(account: &Account) -> PersonAnswer {
    PersonAnswer {
        id: account.id.uuid(),
        email: Hidden::new(account.email.as_str()),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        roles: account.roles.iter().map(Role::to_string).collect(),
        standing: account.standing.name().to_owned(),
        has_password: account.password_hash.is_some(),
        must_change_password: account.must_change_password,
        created_at: account.created_at.to_string(),
    }
}

/// One person whole.
pub(super) fn whole(account: &Account, person: &Person) -> PersonViewAnswer {
    PersonViewAnswer { account: in_list(account), details: details(person) }
}

/// What is known besides the account.
pub(super) fn details(person: &Person) -> PersonDetails {
    PersonDetails {
        dialing_code: person.phone.as_ref().map(|phone| phone.dialing_code().to_owned()),
        phone: person.phone.as_ref().map(|phone| phone.national().to_owned()),
        dob: person.dob.map(|dob| dob.to_string()),
        address: person.address.as_ref().map(|address| address.as_str().to_owned()),
        customer_type: person.customer_type.map(|kind| kind.name().to_owned()),
        dynamic_fields: person.dynamic_fields.entries().clone(),
        language: person.language.map(|language| language.tag().to_owned()),
    }
}

/// The question behind the queries of a list.
pub(crate) fn ask(kind: Kind, query: Body<ListQuery>) -> Result<ListPeople, Refused> {
    let Body { request, mut faults } = query;
    let search = request.search.map(|text| text.expose().to_owned()).filter(|text| !text.trim().is_empty());
    let cursor = request.cursor.and_then(|text| faults.check("cursor", cursor::read(text.expose(), search.is_some())));
    match faults.is_empty() {
        true => Ok(ListPeople { kind, search, only: OnlyPeople::default(), cursor, limit: request.limit }),
        false => Err(faults.into()),
    }
}

/// A page of people.
pub(super) fn page(page: &PeoplePage) -> PeopleAnswer {
    PeopleAnswer {
        items: page.accounts.iter().map(in_list).collect(),
        next_cursor: page.next.as_ref().map(cursor::write),
    }
}
