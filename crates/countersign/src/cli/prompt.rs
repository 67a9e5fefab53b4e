use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use countersign_domain::Secret;

use super::Failure;

/// Where a command takes a password from. Never an argument: every user of the machine could read it there.
#[derive(Args, Clone, Debug, Default)]
pub struct PasswordOptions {
    /// Read the password from this file (- is standard input) instead of asking for it
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// A password has at most 256 characters (four bytes each) and the end of a line.
const PASSWORD_FILE_BYTES_MAX: u64 = 1026;

impl PasswordOptions {
    /// The new password, from the file or asked for twice.
    ///
    /// # Errors
    /// [`Failure::Refused`] if the file does not hold one line, nobody is there to ask, or the two differ.
    pub fn new_password(&self) -> Result<Secret, Failure> {
        self.read(|| asked_twice(rpassword::prompt_password))
    }

    /// A password that is nobody's yet, from the file or asked for once.
    ///
    /// # Errors
    /// [`Failure::Refused`] if the file does not hold one line, or nobody is there to ask.
    pub fn any_password(&self) -> Result<Secret, Failure> {
        self.read(|| asked(&mut rpassword::prompt_password, "Password: "))
    }

    fn read(&self, ask: impl FnOnce() -> Result<Secret, Failure>) -> Result<Secret, Failure> {
        match &self.password_file {
            Some(path) => secret_of(path, "password"),
            None if io::stdin().is_terminal() => ask(),
            None => Err(Failure::Refused(
                "there is no terminal to ask for the password: use --password-file (- is standard input)".to_owned(),
            )),
        }
    }
}

/// The one line of a file, or of standard input.
pub(super) fn secret_of(path: &Path, what: &str) -> Result<Secret, Failure> {
    if path == Path::new("-") {
        return one_line(io::stdin(), "standard input", what);
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(what, &name, &error))?;
    one_line(file, &name, what)
}

fn unreadable(what: &str, name: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("the {what} cannot be read from {name}: {error}"))
}

/// The only line of a stream, with every space that is in it.
fn one_line(stream: impl Read, name: &str, what: &str) -> Result<Secret, Failure> {
    let mut bytes = Vec::new();
    let read = stream.take(PASSWORD_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(what, name, &error))?;
    if bytes.len() as u64 > PASSWORD_FILE_BYTES_MAX {
        return Err(Failure::Refused(format!("{name} is longer than any {what}")));
    }
    let Ok(mut text) = String::from_utf8(bytes) else {
        return Err(Failure::Refused(format!("{name} is not UTF-8")));
    };
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    text.truncate(line.len());
    if text.is_empty() || text.contains('\n') {
        return Err(Failure::Refused(format!("{name} must hold the {what} and nothing else, on one line")));
    }
    Ok(Secret::new(text))
}

fn asked(ask: &mut impl FnMut(&'static str) -> io::Result<String>, question: &'static str) -> Result<Secret, Failure> {
    ask(question).map(Secret::new).map_err(|error| unreadable("password", "the terminal", &error))
}

fn asked_twice(mut ask: impl FnMut(&'static str) -> io::Result<String>) -> Result<Secret, Failure> {
    let first = asked(&mut ask, "Password: ")?;
    let again = asked(&mut ask, "The same again: ")?;
    if first.expose() == again.expose() {
        Ok(first)
    } else {
        Err(Failure::Refused("the two passwords differ".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8]) -> Result<String, String> {
        one_line(bytes, "FILE", "password")
            .map(|secret| secret.expose().to_owned())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_password_file_holds_one_line_and_keeps_its_spaces() {
        for (bytes, password) in [(&b"Pass word@1 \n"[..], "Pass word@1 "), (b"a\r\n", "a"), (b"a", "a")] {
            assert_eq!(line(bytes).as_deref(), Ok(password));
        }
        for bytes in [&b""[..], b"\n", b"a\nb\n", b"\xff", &[b'a'; 1100]] {
            let told = line(bytes).unwrap_err();
            assert!(told.starts_with("FILE "), "{told}");
        }
    }

    #[test]
    fn a_password_at_the_terminal_is_asked_for_twice() {
        let answers = |first: &'static str, again: &'static str| {
            let mut left = vec![again, first];
            asked_twice(move |_| left.pop().map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into()))
        };
        assert_eq!(answers("a", "a").unwrap().expose(), "a");
        let told = answers("hunter2", "hunter3").unwrap_err().to_string();
        assert_eq!(told, "the two passwords differ");
    }
}
