use std::borrow::Cow;

use countersign_domain::{API_TOKEN_NAME_CHARS_MAX, BadApiTokenName, BadEmail, BadPassword, BadPerson, PolicyFault};

use super::joined;
use crate::http::faults::FieldFault;

pub(super) fn of(fault: &FieldFault) -> Cow<'static, str> {
    match fault {
        FieldFault::ByClient(_, text) => text.clone(),
        FieldFault::Missing => "é obrigatório".into(),
        FieldFault::TooLong(bytes_max) => format!("é demasiado longo: {bytes_max} bytes no máximo").into(),
        FieldFault::Email(why) => email(*why).into(),
        FieldFault::Person(why) => person(*why).into(),
        FieldFault::Password(why) => password(*why).into(),
        FieldFault::Policy(faults) => joined(faults, policy, "; ").into(),
        FieldFault::PasswordUnchanged => "não pode ser a palavra-passe (senha) atual".into(),
        FieldFault::PasswordPublished => "é uma das palavras-passe (senhas) publicadas do ambiente de testes".into(),
        FieldFault::PasswordsDiffer => "deve ser igual à palavra-passe (senha)".into(),
        FieldFault::NoSuchRole(role) => format!("a organização não tem a função de pessoal {role}").into(),
        FieldFault::NoStaffRoles => "é preciso pelo menos uma função, e só podem ser funções de pessoal".into(),
        FieldFault::ApiTokenName(why) => token_name(*why),
        FieldFault::Number(least, most) => format!("tem de ser um número inteiro de {least} a {most}").into(),
        FieldFault::Colour => "tem de ser uma cor, por exemplo #1f4e79".into(),
    }
}

const fn email(why: BadEmail) -> &'static str {
    match why {
        BadEmail::Empty => "não pode estar vazio",
        BadEmail::TooLong => "é demasiado longo para um endereço de e-mail",
        BadEmail::Malformed => "deve ser um endereço de e-mail, por exemplo nome@example.com",
        BadEmail::NotPlain => "deve ser escrito na sua forma simples: IDNA não pode alterar o que vem depois de @",
    }
}

const fn person(why: BadPerson) -> &'static str {
    match why {
        BadPerson::Name => "deve ter de 2 a 50 letras; entre elas pode haver espaços, hifens e apóstrofos",
        BadPerson::DialingCode => "deve ser um indicativo de país, por exemplo +44",
        BadPerson::Phone => {
            "deve ter apenas os algarismos do número nacional: pelo menos 4 e, com o indicativo de país, no máximo 15"
        }
        BadPerson::Dob => "deve ser uma data, por exemplo 2001-12-31",
        BadPerson::Age => "deve ser a data de nascimento de alguém que tenha pelo menos 18 anos e no máximo 120",
        BadPerson::Address => "deve ser um endereço postal com 300 caracteres no máximo",
        BadPerson::DynamicFields => "deve ter no máximo 32 campos, com nomes de até 64 caracteres e textos de até 255",
    }
}

const fn password(why: BadPassword) -> &'static str {
    match why {
        BadPassword::TooShort => "deve ter pelo menos 8 caracteres",
        BadPassword::TooLong => "deve ter no máximo 256 caracteres",
        BadPassword::Unusable => "tem um símbolo que uma palavra-passe (senha) não pode ter",
    }
}

fn policy(why: &PolicyFault) -> Cow<'static, str> {
    match why {
        PolicyFault::TooShort(chars_min) => format!("deve ter pelo menos {chars_min} caracteres").into(),
        PolicyFault::NoUpper => "deve ter uma letra maiúscula".into(),
        PolicyFault::NoLower => "deve ter uma letra minúscula".into(),
        PolicyFault::NoDigit => "deve ter um algarismo".into(),
        PolicyFault::NoSpecial => "deve ter um símbolo especial, por exemplo ! @ # $ ou um espaço".into(),
        PolicyFault::Listed => "é uma que muitas pessoas usam ou que foi roubada: escolha outra".into(),
        PolicyFault::TooWeak => {
            "é demasiado fácil de adivinhar: torne-a mais longa, com palavras sem relação entre si".into()
        }
        PolicyFault::HasAddress => "não pode conter o endereço de e-mail nem o que vem antes do seu @".into(),
        PolicyFault::IsName => "não pode ser o nome da pessoa".into(),
    }
}

fn token_name(why: BadApiTokenName) -> Cow<'static, str> {
    match why {
        BadApiTokenName::Empty => "não pode estar vazio".into(),
        BadApiTokenName::TooLong => format!("deve ter no máximo {API_TOKEN_NAME_CHARS_MAX} caracteres").into(),
        BadApiTokenName::Control => "não pode conter caracteres de controlo".into(),
    }
}
