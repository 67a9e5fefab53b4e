use std::borrow::Cow;

use countersign_domain::{API_TOKEN_NAME_CHARS_MAX, BadApiTokenName, BadEmail, BadPassword, BadPerson, PolicyFault};

use super::joined;
use crate::http::faults::FieldFault;

pub(super) fn of(fault: &FieldFault) -> Cow<'static, str> {
    match fault {
        FieldFault::ByClient(_, text) => text.clone(),
        FieldFault::Missing => "est obligatoire".into(),
        FieldFault::TooLong(bytes_max) => format!("est trop long : {bytes_max} octets au maximum").into(),
        FieldFault::Email(why) => email(*why).into(),
        FieldFault::Person(why) => person(*why).into(),
        FieldFault::Password(why) => password(*why).into(),
        FieldFault::Policy(faults) => joined(faults, policy, " ; ").into(),
        FieldFault::PasswordUnchanged => "ne doit pas être le mot de passe actuel".into(),
        FieldFault::PasswordPublished => "est un des mots de passe publiés de l’environnement de test".into(),
        FieldFault::PasswordsDiffer => "doit être identique au mot de passe".into(),
        FieldFault::NoSuchRole(role) => format!("l’organisation n’a pas de rôle du personnel {role}").into(),
        FieldFault::NoStaffRoles => "il faut au moins un rôle, et seulement des rôles du personnel".into(),
        FieldFault::ApiTokenName(why) => token_name(*why),
        FieldFault::Number(least, most) => format!("doit être un nombre entier de {least} à {most}").into(),
        FieldFault::Colour => "doit être une couleur, par exemple #1f4e79".into(),
    }
}

const fn email(why: BadEmail) -> &'static str {
    match why {
        BadEmail::Empty => "ne doit pas être vide",
        BadEmail::TooLong => "est trop long pour une adresse e-mail",
        BadEmail::Malformed => "doit être une adresse e-mail, par exemple nom@example.com",
        BadEmail::NotPlain => "doit être écrit sous sa forme simple : IDNA ne doit pas changer ce qui suit @",
    }
}

const fn person(why: BadPerson) -> &'static str {
    match why {
        BadPerson::Name => {
            "doit avoir de 2 à 50 lettres ; des espaces, des traits d’union et des apostrophes peuvent les séparer"
        }
        BadPerson::DialingCode => "doit être un indicatif de pays, par exemple +44",
        BadPerson::Phone => {
            "doit avoir seulement les chiffres du numéro national : au moins 4, et au plus 15 avec l’indicatif de pays"
        }
        BadPerson::Dob => "doit être une date, par exemple 2001-12-31",
        BadPerson::Age => "doit être la date de naissance d’une personne qui a au moins 18 ans et au plus 120 ans",
        BadPerson::Address => "doit être une adresse postale de 300 caractères au maximum",
        BadPerson::DynamicFields => {
            "doit avoir au maximum 32 champs, avec des noms de 64 caractères et des textes de 255 caractères au maximum"
        }
    }
}

const fn password(why: BadPassword) -> &'static str {
    match why {
        BadPassword::TooShort => "doit avoir au moins 8 caractères",
        BadPassword::TooLong => "doit avoir au maximum 256 caractères",
        BadPassword::Unusable => "contient un caractère qu’un mot de passe ne peut pas avoir",
    }
}

fn policy(why: &PolicyFault) -> Cow<'static, str> {
    match why {
        PolicyFault::TooShort(chars_min) => format!("doit avoir au moins {chars_min} caractères").into(),
        PolicyFault::NoUpper => "doit contenir une majuscule".into(),
        PolicyFault::NoLower => "doit contenir une minuscule".into(),
        PolicyFault::NoDigit => "doit contenir un chiffre".into(),
        PolicyFault::NoSpecial => "doit contenir un caractère spécial, par exemple ! @ # $ ou un espace".into(),
        PolicyFault::Listed => {
            "est utilisé par beaucoup de gens, ou a été volé quelque part : choisissez-en un autre".into()
        }
        PolicyFault::TooWeak => {
            "est trop facile à deviner : allongez-le, avec des mots qui ne vont pas ensemble".into()
        }
        PolicyFault::HasAddress => "ne doit pas contenir l’adresse e-mail ni ce qui précède son @".into(),
        PolicyFault::IsName => "ne doit pas être le nom de la personne".into(),
    }
}

fn token_name(why: BadApiTokenName) -> Cow<'static, str> {
    match why {
        BadApiTokenName::Empty => "ne doit pas être vide".into(),
        BadApiTokenName::TooLong => format!("doit avoir au maximum {API_TOKEN_NAME_CHARS_MAX} caractères").into(),
        BadApiTokenName::Control => "ne doit pas contenir de caractères de contrôle".into(),
    }
}
