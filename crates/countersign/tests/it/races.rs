//! What many requests at once must not change, over HTTP with the real program in production. On PostgreSQL they are
//! spread over two processes.

use std::collections::BTreeSet;

use crate::program::{Answer, Caller, Engine, House, PASSWORD, Program, WRONG};

const ADA: &str = "ada@example.com";

/// The processes on one house, and a caller at each.
async fn doors(house: &House, engine: Engine) -> (Vec<Program>, Vec<Caller>) {
    house.creates(&[ADA.to_owned()]).await;
    let mut programs = vec![house.start().await];
    if engine == Engine::Postgres {
        programs.push(house.start().await);
    }
    let callers = programs.iter().map(|program| house.caller(program)).collect();
    (programs, callers)
}

async fn hashes(programs: &[Program]) -> f64 {
    let mut hashes = 0.0;
    for program in programs {
        hashes += program.hashes().await;
    }
    hashes
}

/// Runs as many at once as given, spread over the callers.
async fn at_once<F>(count: usize, callers: &[Caller], one: impl Fn(Caller) -> F) -> Vec<Answer>
where
    F: Future<Output = Result<Answer, crate::program::Lost>> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(one(callers[number % callers.len()].clone()))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().expect("the program answers everybody"));
    }
    answers
}

fn count(answers: &[Answer], status: u16, code: &str) -> usize {
    answers.iter().filter(|answer| answer.status == status && answer.code() == code).count()
}

async fn two_hundred_wrong_guesses_run_five_hashes(engine: Engine) {
    let house = House::of_production(engine).await;
    let (programs, callers) = doors(&house, engine).await;
    let before = hashes(&programs).await;
    let answers = at_once(200, &callers, |caller| async move { caller.logs_in(ADA, WRONG).await }).await;
    assert_eq!(hashes(&programs).await - before, 5.0);
    let wrong = count(&answers, 401, "INVALID_CREDENTIALS");
    let locked = count(&answers, 403, "ACCOUNT_LOCKED");
    assert_eq!((wrong, locked + count(&answers, 429, "TOO_MANY_REQUESTS")), (4, 196));
}

async fn fifty_right_logins_of_one_account_all_succeed(engine: Engine) {
    let house = House::of_production(engine).await;
    let (_programs, callers) = doors(&house, engine).await;
    let answers = at_once(50, &callers, |caller| async move { caller.logs_in(ADA, PASSWORD).await }).await;
    assert_eq!(count(&answers, 200, ""), 50, "{answers:?}");
}

async fn twenty_refreshes_of_one_token_give_one_successor(engine: Engine) {
    let house = House::of_production(engine).await;
    let (_programs, callers) = doors(&house, engine).await;
    let ada = callers[0].logs_in(ADA, PASSWORD).await.unwrap();
    let token = ada.refresh_token();
    let refresh = |caller: Caller| {
        let token = token.clone();
        async move { caller.refreshes(&token, "200").await }
    };
    let answers = at_once(20, &callers, refresh).await;
    assert_eq!(count(&answers, 200, ""), 20, "{answers:?}");
    let successors: BTreeSet<String> = answers.iter().map(Answer::refresh_token).collect();
    assert_eq!(successors.len(), 1);
    // One branch lives: it goes on, and its first token is two rotations old then.
    let successor = successors.first().unwrap();
    let last = &callers[callers.len() - 1];
    assert_eq!(callers[0].refreshes(successor, "200").await.unwrap().status, 200);
    assert_eq!(last.refreshes(&token, "200").await.unwrap().code(), "REFRESH_TOKEN_REUSED");
    assert_eq!(callers[0].refreshes(successor, "200").await.unwrap().code(), "INVALID_REFRESH_TOKEN");
    assert_eq!(last.asks_who_it_is(&answers[0].access_token()).await.unwrap().code(), "INVALID_TOKEN");
}

/// Makes one test of each function for each engine.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Engine::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Engine::Postgres).await;
            })+
        }
    };
}

on_both! {
    two_hundred_wrong_guesses_run_five_hashes,
    fifty_right_logins_of_one_account_all_succeed,
    twenty_refreshes_of_one_token_give_one_successor,
}
