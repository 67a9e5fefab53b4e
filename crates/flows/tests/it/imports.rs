//! Accounts of other systems come in, and ours go out: judged whole before anything is written, and gone on with after
//! a stop.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::Personal;
use countersign_domain::{Email, ImportedCost, Kind, Permissions, Standing, Tenant};
use countersign_flows::admin::{ImportOrder, ImportRefusal, ImportReport, ImportStep};
use countersign_flows::import::{Assumptions, BATCH_ROWS_MAX, Format, Layout};
use countersign_flows::{Doer, Flows, NewStaff, Refusal};
use serde_json::Value;

use crate::support::{ADA, World, on_both};

/// A password that other systems hashed, and two of its hashes.
const OLD: &str = "Password@1";
const BCRYPT: &str = "$2a$04$R9//3sZt2E.Ax8PR37eRA.HoIzSoM2stoV.LWsuMlwRpUApKdzbym";
const OURS: &str = "$argon2id$v=19$m=8,t=1,p=1$";

fn order(flows: &Flows) -> ImportOrder {
    ImportOrder {
        format: Format::Native,
        layout: Layout::JsonLines,
        assumptions: Assumptions {
            roles: vec!["CUSTOMER".parse().unwrap()],
            takes_unverified: false,
            firebase: None,
            now: flows.now(),
        },
        is_dry_run: false,
        skips_refused: false,
        is_service_stopped: false,
    }
}

/// What an import ended with, and what it told by the way. Where it asks to wait, the clock goes on.
async fn import(world: &World, order: &ImportOrder, text: &str) -> (ImportReport, Vec<ImportStep>) {
    let (outcome, steps) = try_import(world, &world.tenant, order, Cursor::new(text.to_owned())).await;
    (outcome.unwrap(), steps)
}

async fn try_import<F: Read + Seek + Send + 'static>(
    world: &World,
    tenant: &Tenant,
    order: &ImportOrder,
    file: F,
) -> (Result<ImportReport, ImportRefusal>, Vec<ImportStep>) {
    let mut steps = Vec::new();
    let mut told = async |step| {
        if let ImportStep::Wait(left) = step {
            world.store.clock().advance(left);
        }
        steps.push(step);
    };
    let outcome = world.flows.import_accounts(tenant, order, file, &mut told).await.unwrap();
    (outcome, steps)
}

/// Refused rows in words.
fn refused(steps: &[ImportStep]) -> Vec<String> {
    let rows = steps.iter().filter_map(|step| match step {
        ImportStep::Refused(row) => Some(row),
        _ => None,
    });
    let faults = rows
        .flat_map(|row| row.faults.iter().map(move |fault| format!("{} {} {}", row.number, fault.field, fault.why)));
    faults.collect()
}

fn people(count: usize) -> String {
    (1..=count).map(|number| format!("{{\"email\":\"p{number}@example.com\"}}\n")).collect()
}

async fn account_count(world: &World) -> usize {
    let mut count = 0;
    world
        .flows
        .export_accounts(&world.tenant, String::new(), |_| {
            count += 1;
            Ok::<_, io::Error>(())
        })
        .await
        .unwrap();
    count
}

/// How many accounts the trail tells to have come.
async fn told_count(world: &World) -> u32 {
    world.telling("accounts_imported done").await.iter().map(|event| event.count).sum()
}

async fn one_bad_row_keeps_all_of_them_out(world: World) {
    world.operator().creates("CUSTOMER", ADA, "Correct-horse-1").await;
    let text = "{\"email\":\"new@example.com\"}\n{\"email\":\"Ada@Example.com\"}\n{\"email\":\"ada@example.com\",\"roles\":[\"AGENT\"]}\n\
        {\"email\":\"bob@example.com\",\"roles\":[\"TELLER\"]}\n{\"email\":\"no address\"}\n{\"email\":\"new@example.com\"}\n";
    let why = [
        "2 email is the address of an account that the tenant has already",
        "4 roles name TELLER, which the tenant does not have",
        "5 email must be an email address such as name@example.com",
        "6 email names a customer account that an earlier row names too",
    ];
    for is_dry_run in [true, false] {
        let order = ImportOrder { is_dry_run, ..order(&world.flows) };
        let (report, steps) = import(&world, &order, text).await;
        assert_eq!(refused(&steps), why);
        assert_eq!((report.rows, report.refused, report.written, report.is_done), (6, 4, 0, false));
        assert_eq!((account_count(&world).await, told_count(&world).await), (1, 0));
    }
    let dry = ImportOrder { is_dry_run: true, skips_refused: true, ..order(&world.flows) };
    assert!(!import(&world, &dry, text).await.0.is_done, "a dry run writes nothing, whatever else is asked");

    let order = ImportOrder { skips_refused: true, ..order(&world.flows) };
    let (report, steps) = import(&world, &order, text).await;
    assert_eq!(refused(&steps), why);
    assert_eq!((report.refused, report.written, report.is_done), (4, 2, true));
    assert_eq!((account_count(&world).await, told_count(&world).await), (3, 2));
    let (again, _) = import(&world, &order, text).await;
    assert_eq!((again.written, again.written_before, again.is_done), (0, 2, true), "it knows the file");
    assert_eq!((account_count(&world).await, told_count(&world).await), (3, 2));
}

async fn rows_that_were_refused_come_in_once_they_are_good(world: World) {
    let text = "{\"email\":\"new@example.com\"}\n{\"email\":\"bob@example.com\",\"roles\":[\"TELLER\"]}\n\
        {\"email\":\"eve@example.com\",\"emailVerified\":false}\n";
    let order = ImportOrder { skips_refused: true, ..order(&world.flows) };
    let (report, _) = import(&world, &order, text).await;
    assert_eq!((report.refused, report.written, account_count(&world).await), (2, 1, 1));
    let teller = "TELLER".parse().unwrap();
    world.flows.create_role(Doer::Operator, &world.tenant, teller, Permissions::new()).await.unwrap().unwrap();
    let (report, steps) = import(&world, &order, text).await;
    assert_eq!((report.written, account_count(&world).await), (1, 2), "{:?}", refused(&steps));
    let assumptions = Assumptions { takes_unverified: true, ..order.assumptions.clone() };
    let (report, steps) = import(&world, &ImportOrder { assumptions, ..order }, text).await;
    assert_eq!((report.written, account_count(&world).await), (1, 3));
    let taken = "email is the address of an account that the tenant has already";
    assert_eq!(refused(&steps), [format!("1 {taken}"), format!("2 {taken}")]);
}

/// Its address may be a stranger's, who could else open it by a reset where it is imported.
async fn staff_that_is_only_invited_goes_out_closed(world: World) {
    let staff = NewStaff {
        email: Email::parse(ADA).unwrap(),
        first_name: None,
        last_name: None,
        roles: vec!["MANAGER".parse().unwrap()],
    };
    world.flows.invite(Doer::Operator, &world.tenant, staff).await.unwrap().unwrap();
    // Ids of one moment have no order.
    world.pass(1);
    import(&world, &order(&world.flows), "{\"email\":\"new@example.com\"}\n").await;
    let out = export(&world, &world.tenant).await;
    let standings: Vec<Value> =
        out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["standing"].clone()).collect();
    assert_eq!(standings, ["deactivated", "active"], "{out}");
}

async fn an_import_goes_on_where_it_was_stopped(world: World) {
    let count = 2 * BATCH_ROWS_MAX + 203;
    let text = people(count);
    let order = order(&world.flows);
    let borders = [BATCH_ROWS_MAX, 2 * BATCH_ROWS_MAX, count];
    for (stopped, border) in borders.into_iter().enumerate() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
        let mut on_its_way = async |step| {
            if let ImportStep::Written { row, .. } = step {
                assert_eq!(row, border as u64);
                tell.take().unwrap().send(()).unwrap();
                std::future::pending::<()>().await;
            }
        };
        let file = Cursor::new(text.clone());
        tokio::select! {
            biased;
            _ = told => {}
            ended = world.flows.import_accounts(&world.tenant, &order, file, &mut on_its_way) => panic!("{ended:?}"),
        }
        assert_eq!(
            (account_count(&world).await, told_count(&world).await),
            (border, u32::try_from(border).unwrap()),
            "{stopped}"
        );
    }
    let (report, _) = import(&world, &order, &text).await;
    assert_eq!((report.rows, report.written, report.written_before), (count as u64, 0, count as u64));
    assert_eq!((account_count(&world).await, report.refused, report.is_done), (count, 0, true));
}

async fn where_nobody_serves_rows_are_written_many_at_a_time(world: World) {
    let count = BATCH_ROWS_MAX + 1;
    let order = ImportOrder { is_service_stopped: true, ..order(&world.flows) };
    let (mut steps, operator) = (Vec::new(), world.operator());
    let mut somebody_comes_meanwhile = async |step| {
        if let ImportStep::Judged { rows: 501, .. } = step {
            for email in ["p10@example.com", "p9@example.com"] {
                operator.creates("CUSTOMER", email, "Correct-horse-1").await;
            }
        }
        steps.push(step);
    };
    let file = Cursor::new(people(count));
    let outcome =
        world.flows.import_accounts(&world.tenant, &order, file, &mut somebody_comes_meanwhile).await.unwrap();
    assert!(outcome.unwrap().is_done);
    let taken = "email is the address of an account that the tenant has already";
    assert_eq!(refused(&steps), [format!("9 {taken}"), format!("10 {taken}")], "in the order of the file");
    let written: Vec<&ImportStep> = steps.iter().filter(|step| matches!(step, ImportStep::Written { .. })).collect();
    assert_eq!(written, [&ImportStep::Written { row: 501, written: 499 }]);
    assert_eq!((account_count(&world).await, told_count(&world).await), (count, 499));
}

async fn of_two_imports_at_once_one_goes_on(world: World) {
    let count = 3 * BATCH_ROWS_MAX + 1;
    let text = people(count);
    let other = world.another_node().await;
    let import = async |flows: Arc<Flows>| {
        let file = Cursor::new(text.clone());
        flows.import_accounts(&world.tenant, &order(&flows), file, &mut async |_| ()).await.unwrap()
    };
    let (mine, theirs) = tokio::join!(import(Arc::clone(&world.flows)), import(other));
    let written: u64 = [&mine, &theirs].into_iter().flatten().map(|report| report.written).sum();
    let stopped = [&mine, &theirs].into_iter().filter(|outcome| **outcome == Err(ImportRefusal::Meanwhile)).count();
    assert!(stopped <= 1 && written <= count as u64, "{mine:?} {theirs:?}");
    // Where each had a batch of the other's, both have stopped: whoever comes next ends it.
    assert!(
        try_import(&world, &world.tenant, &order(&world.flows), Cursor::new(text.clone())).await.0.unwrap().is_done
    );
    assert_eq!((account_count(&world).await, told_count(&world).await), (count, u32::try_from(count).unwrap()));
}

async fn every_node_knows_the_hashes_before_the_first_is_there(world: World) {
    let text = format!("{{\"email\":\"{ADA}\",\"passwordHash\":\"{BCRYPT}\"}}\n");
    let order = order(&world.flows);
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let mut stopped_while_it_waits = async |step| {
        if let ImportStep::Wait(left) = step {
            tell.take().unwrap().send(left).unwrap();
            std::future::pending::<()>().await;
        }
    };
    let left = tokio::select! {
        biased;
        left = told => left.unwrap(),
        ended = world.flows.import_accounts(&world.tenant, &order, Cursor::new(text.clone()), &mut stopped_while_it_waits) => {
            panic!("{ended:?}")
        }
    };
    assert_eq!(left, Duration::from_secs(62));
    let settings = world.flows.tenant(&world.tenant.slug).await.unwrap().unwrap().settings;
    assert_eq!(settings.held_imports, [ImportedCost::Bcrypt { cost: 6 }]);
    assert_eq!(account_count(&world).await, 0);

    world.pass(20);
    let (report, steps) = import(&world, &order, &text).await;
    assert!(steps.contains(&ImportStep::Wait(Duration::from_secs(42))), "{steps:?}");
    assert_eq!(report.written, 1);
    assert_eq!(world.telling("tenant_changed done").await.len(), 1);

    let again = text.replace(ADA, "bob@example.com");
    let (_, steps) = import(&world, &order, &again).await;
    assert!(!steps.iter().any(|step| matches!(step, ImportStep::Wait(_))), "everybody knows: {steps:?}");
    let dearer = ImportOrder { is_service_stopped: true, ..order };
    let argon2 = format!(
        "{{\"email\":\"cleo@example.com\",\"passwordHash\":\"{}\"}}",
        OURS.replace("m=8", "m=64") + "c2l4dGVlbiBieXRlcyBvaw$6cjg+YYfYCI3HUJRRIEWaYVTxqj8+rRm+PKqVbPRS6c"
    );
    let (report, steps) = import(&world, &dearer, &argon2).await;
    assert!(report.written == 1 && !steps.iter().any(|step| matches!(step, ImportStep::Wait(_))), "{steps:?}");
    let settings = world.flows.tenant(&world.tenant.slug).await.unwrap().unwrap().settings;
    assert_eq!(settings.held_costs.iter().map(|cost| cost.memory_kib).collect::<Vec<_>>(), [64]);
}

async fn the_sandboxs_users_do_not_come_into_a_production(world: World) {
    let published = "hello@remitjunction.co.uk";
    let line = |email: &str| format!("{{\"email\":\"{email}\",\"passwordHash\":\"{BCRYPT}\"}}\n");
    let text = line("Hello@RemitJunction.co.uk") + &line(ADA);
    let (report, steps) = import(&world, &order(&world.flows), &text).await;
    assert_eq!(refused(&steps), ["1 passwordHash is of the password that the sandbox publishes for this address"]);
    assert_eq!(report.written, 0);
    let other = line(published).replace("LWsu", "LWsv");
    assert_eq!(import(&world, &order(&world.flows), &other).await.0.written, 1, "the address alone is nobody's");
    assert_eq!(world.flows.sandbox_user_that_can_log_in().await.unwrap(), None);

    // Past the import, a start finds hashes of every scheme.
    let email = Email::parse(published).unwrap();
    let account = world.flows.accounts_of(&world.tenant, &email).await.unwrap().remove(0);
    let stored = countersign_domain::PasswordHash::new(BCRYPT);
    assert!(world.store.tenant(world.tenant.id).rehash(&account, stored).await.unwrap());
    assert!(world.flows.sandbox_user_that_can_log_in().await.unwrap().unwrap().contains(published));
}

/// A file into which somebody writes after it was read for the second time.
struct Changing {
    text: Cursor<Vec<u8>>,
    rewinds: usize,
}

impl Read for Changing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text.read(buffer)
    }
}

impl Seek for Changing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.rewinds += 1;
        if self.rewinds == 1 {
            self.text.get_mut().extend(b"{\"email\":\"late@example.com\"}\n");
        }
        self.text.seek(to)
    }
}

async fn a_file_that_changes_is_refused(world: World) {
    let file = Changing { text: Cursor::new(people(3).into_bytes()), rewinds: 0 };
    let (outcome, _) = try_import(&world, &world.tenant, &order(&world.flows), file).await;
    assert_eq!(outcome, Err(ImportRefusal::Changed));
    let broken = Cursor::new("[{\"email\":\"a@example.com\"},,");
    let layout = ImportOrder { layout: Layout::JsonArrayOrLines, ..order(&world.flows) };
    let (outcome, _) = try_import(&world, &world.tenant, &layout, broken).await;
    assert!(matches!(outcome, Err(ImportRefusal::Unreadable(_))), "{outcome:?}");
    assert_eq!(account_count(&world).await, 0);
}

async fn a_role_that_goes_meanwhile_stops_the_import(world: World) {
    let (flows, tenant, teller) = (&world.flows, &world.tenant, || "TELLER".parse().unwrap());
    flows.create_role(Doer::Operator, tenant, teller(), Permissions::default()).await.unwrap().unwrap();
    let text = "{\"email\":\"bob@example.com\",\"roles\":[\"TELLER\"]}\n";
    let mut told = async |step| {
        if matches!(step, ImportStep::Judged { .. }) {
            flows.delete_role(Doer::Operator, tenant, teller()).await.unwrap().unwrap();
        }
    };
    let order = order(&world.flows);
    let outcome = world.flows.import_accounts(&world.tenant, &order, Cursor::new(text), &mut told).await.unwrap();
    assert_eq!(outcome, Err(ImportRefusal::NoSuchRole(teller())));
    assert_eq!(account_count(&world).await, 0);
}

/// Everything that an export writes is read back, and the old password opens the new account.
async fn what_goes_out_comes_in(world: World) {
    let text = format!(
        "{{\"email\":\"Ada@Example.com\",\"passwordHash\":\"{BCRYPT}\",\"firstName\":\"Ada\",\"phone\":\"+447700900101\",\
         \"dob\":\"1990-02-28\",\"address\":\"1 High St\",\"customerType\":\"COMPANY\",\"dynamicFields\":{{\"vat\":\"GB1\"}},\
         \"language\":\"ar\",\"createdAt\":\"2020-01-01T00:00:00Z\"}}\n\
         {{\"email\":\"bob@example.com\",\"roles\":[\"AGENT\",\"CASHIER\"],\"passwordHash\":\"{BCRYPT}\",\"mustChangePassword\":true}}\n\
         {{\"email\":\"cleo@example.com\",\"standing\":\"deactivated\",\"passwordHash\":\"{BCRYPT}\"}}\n"
    );
    import(&world, &order(&world.flows), &text).await;
    world.operator().creates("CUSTOMER", "dan@example.com", "Correct-horse-1").await;
    let exported = export(&world, &world.tenant).await;
    let tells = world.telling("accounts_exported done").await;
    assert!(
        matches!(&tells[0].personal, Personal::Kept { fields, .. } if fields.detail.as_deref() == Some("to nobody"))
    );

    let there = world.tenant_with(countersign_domain::Settings::default()).await;
    let file = Cursor::new(exported.clone());
    let (report, _) = try_import(&world, &there, &order(&world.flows), file).await;
    assert_eq!(report.unwrap().written, 4);
    let accounts = |text: &str| {
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.sort_by_key(|line| line["email"].to_string());
        let ids: Vec<Value> = lines.iter_mut().map(|line| line["id"].take()).collect();
        (lines, ids)
    };
    let ((here, ids), (again, other_ids)) = (accounts(&exported), accounts(&export(&world, &there).await));
    assert_eq!(here, again);
    assert!(ids.iter().all(|id| !other_ids.contains(id)), "they are other accounts");
    let door = world.anonymous_of(&there);
    for email in ["ada@example.com", "bob@example.com"] {
        door.logs_in(email, OLD).await;
    }
    door.logs_in("dan@example.com", "Correct-horse-1").await;
    assert_eq!(door.tries("cleo@example.com", OLD).await, Refusal::Deactivated);
    let email = Email::parse("bob@example.com").unwrap();
    let bob = world.flows.accounts_of(&there, &email).await.unwrap().remove(0);
    assert_eq!((bob.kind, bob.standing, bob.must_change_password), (Kind::Staff, Standing::Active, true));
    assert_eq!(bob.roles.iter().map(ToString::to_string).collect::<Vec<_>>(), ["AGENT", "CASHIER"]);
}

/// The lines of an export.
async fn export(world: &World, tenant: &Tenant) -> String {
    let mut text = String::new();
    let take = |line: &str| {
        text += line;
        text.push('\n');
        Ok::<_, io::Error>(())
    };
    world.flows.export_accounts(tenant, "to nobody".to_owned(), take).await.unwrap();
    text
}

/// The first good login makes the hash ours, as of every scheme (`login/imported.rs`).
async fn a_first_login_upgrades_what_was_imported(world: World) {
    let text = format!("{{\"email\":\"{ADA}\",\"passwordHash\":\"{BCRYPT}\"}}\n");
    import(&world, &order(&world.flows), &text).await;
    let door = world.anonymous();
    assert_eq!(door.guesses(1, ADA).await, Refusal::WrongCredentials);
    assert!(export(&world, &world.tenant).await.contains(BCRYPT));
    door.logs_in(ADA, OLD).await;
    for _ in 0..500 {
        if export(&world, &world.tenant).await.contains(OURS) {
            door.logs_in(ADA, OLD).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the hash was not made anew");
}

on_both! {
    one_bad_row_keeps_all_of_them_out,
    rows_that_were_refused_come_in_once_they_are_good,
    staff_that_is_only_invited_goes_out_closed,
    an_import_goes_on_where_it_was_stopped,
    where_nobody_serves_rows_are_written_many_at_a_time,
    of_two_imports_at_once_one_goes_on,
    every_node_knows_the_hashes_before_the_first_is_there,
    the_sandboxs_users_do_not_come_into_a_production,
    a_file_that_changes_is_refused,
    a_role_that_goes_meanwhile_stops_the_import,
    what_goes_out_comes_in,
    a_first_login_upgrades_what_was_imported,
}
