use std::borrow::Cow;

use countersign_domain::{API_TOKEN_NAME_CHARS_MAX, BadApiTokenName, BadEmail, BadPassword, BadPerson, PolicyFault};

use super::joined;
use crate::http::faults::FieldFault;

pub(super) fn of(fault: &FieldFault) -> Cow<'static, str> {
    match fault {
        FieldFault::ByClient(_, text) => text.clone(),
        FieldFault::Missing => "es obligatorio".into(),
        FieldFault::TooLong(bytes_max) => format!("es demasiado largo: {bytes_max} bytes como máximo").into(),
        FieldFault::Email(why) => email(*why).into(),
        FieldFault::Person(why) => person(*why).into(),
        FieldFault::Password(why) => password(*why).into(),
        FieldFault::Policy(faults) => joined(faults, policy, "; ").into(),
        FieldFault::PasswordUnchanged => "no debe ser la contraseña actual".into(),
        FieldFault::PasswordPublished => "es una de las contraseñas publicadas del entorno de pruebas".into(),
        FieldFault::PasswordsDiffer => "debe ser igual que la contraseña".into(),
        FieldFault::NoSuchRole(role) => format!("la organización no tiene el rol de personal {role}").into(),
        FieldFault::NoStaffRoles => "hace falta al menos un rol, y solo pueden ser roles de personal".into(),
        FieldFault::ApiTokenName(why) => token_name(*why),
        FieldFault::Number(least, most) => format!("debe ser un número entero de {least} a {most}").into(),
        FieldFault::Colour => "debe ser un color, por ejemplo #1f4e79".into(),
    }
}

const fn email(why: BadEmail) -> &'static str {
    match why {
        BadEmail::Empty => "no debe estar vacío",
        BadEmail::TooLong => "es demasiado largo para una dirección de correo",
        BadEmail::Malformed => "debe ser una dirección de correo, por ejemplo nombre@example.com",
        BadEmail::NotPlain => "debe escribirse en su forma simple: IDNA no debe cambiar lo que sigue a @",
    }
}

const fn person(why: BadPerson) -> &'static str {
    match why {
        BadPerson::Name => "debe tener de 2 a 50 letras; entre ellas puede haber espacios, guiones y apóstrofos",
        BadPerson::DialingCode => "debe ser un prefijo de país, por ejemplo +44",
        BadPerson::Phone => {
            "debe tener solo las cifras del número nacional: 4 como mínimo, y 15 como máximo con el prefijo de país"
        }
        BadPerson::Dob => "debe ser una fecha, por ejemplo 2001-12-31",
        BadPerson::Age => "debe ser la fecha de nacimiento de alguien que tenga al menos 18 años y como máximo 120",
        BadPerson::Address => "debe ser una dirección postal de 300 caracteres como máximo",
        BadPerson::DynamicFields => {
            "debe tener como máximo 32 campos, con nombres de hasta 64 caracteres y textos de hasta 255"
        }
    }
}

const fn password(why: BadPassword) -> &'static str {
    match why {
        BadPassword::TooShort => "debe tener al menos 8 caracteres",
        BadPassword::TooLong => "debe tener como máximo 256 caracteres",
        BadPassword::Unusable => "tiene un carácter que una contraseña no puede tener",
    }
}

fn policy(why: &PolicyFault) -> Cow<'static, str> {
    match why {
        PolicyFault::TooShort(chars_min) => format!("debe tener al menos {chars_min} caracteres").into(),
        PolicyFault::NoUpper => "debe tener una letra mayúscula".into(),
        PolicyFault::NoLower => "debe tener una letra minúscula".into(),
        PolicyFault::NoDigit => "debe tener una cifra".into(),
        PolicyFault::NoSpecial => "debe tener un carácter especial, por ejemplo ! @ # $ o un espacio".into(),
        PolicyFault::Listed => "es una que usa mucha gente o que fue robada en algún sitio: elija otra".into(),
        PolicyFault::TooWeak => {
            "es demasiado fácil de adivinar: hágala más larga, con palabras que no tengan relación entre sí".into()
        }
        PolicyFault::HasAddress => "no debe contener la dirección de correo ni lo que precede a su @".into(),
        PolicyFault::IsName => "no debe ser el nombre de la persona".into(),
    }
}

fn token_name(why: BadApiTokenName) -> Cow<'static, str> {
    match why {
        BadApiTokenName::Empty => "no debe estar vacío".into(),
        BadApiTokenName::TooLong => format!("debe tener como máximo {API_TOKEN_NAME_CHARS_MAX} caracteres").into(),
        BadApiTokenName::Control => "no debe contener caracteres de control".into(),
    }
}
