use std::borrow::Cow;

use countersign_domain::{API_TOKEN_NAME_CHARS_MAX, BadApiTokenName, BadEmail, BadPassword, BadPerson, PolicyFault};

use super::joined;
use crate::http::faults::FieldFault;

pub(super) fn of(fault: &FieldFault) -> Cow<'static, str> {
    match fault {
        FieldFault::ByClient(_, text) => text.clone(),
        FieldFault::Missing => "حقل مطلوب".into(),
        FieldFault::TooLong(bytes_max) => format!("أطول مما ينبغي: الحد الأقصى {bytes_max} بايت").into(),
        FieldFault::Email(why) => email(*why).into(),
        FieldFault::Person(why) => person(*why).into(),
        FieldFault::Password(why) => password(*why).into(),
        FieldFault::Policy(faults) => joined(faults, policy, "؛ ").into(),
        FieldFault::PasswordUnchanged => "يجب ألا تكون كلمة المرور الحالية".into(),
        FieldFault::PasswordPublished => "هي إحدى كلمات المرور المنشورة لبيئة التجربة".into(),
        FieldFault::PasswordsDiffer => "يجب أن تطابق كلمة المرور".into(),
        FieldFault::NoSuchRole(role) => format!("ليس لدى المؤسسة دور للموظفين باسم {role}").into(),
        FieldFault::NoStaffRoles => "يلزم دور واحد على الأقل، ومن أدوار الموظفين فقط".into(),
        FieldFault::ApiTokenName(why) => token_name(*why),
        FieldFault::Number(least, most) => format!("يجب أن يكون عددًا صحيحًا من {least} إلى {most}").into(),
        FieldFault::Colour => "يجب أن يكون لونًا مثل \u{200e}#1f4e79".into(),
    }
}

const fn email(why: BadEmail) -> &'static str {
    match why {
        BadEmail::Empty => "يجب ألا يكون فارغًا",
        BadEmail::TooLong => "أطول مما يمكن لعنوان بريد إلكتروني",
        BadEmail::Malformed => "يجب أن يكون عنوان بريد إلكتروني مثل name@example.com",
        BadEmail::NotPlain => "يجب أن يُكتب بصيغته البسيطة: يجب ألا يغيّر IDNA ما بعد @",
    }
}

/// A mark before `+44` and `2001-12-31` keeps them from being shown from right to left.
const fn person(why: BadPerson) -> &'static str {
    match why {
        BadPerson::Name => "يجب أن يتكوّن من 2 إلى 50 حرفًا، ويجوز أن تفصل بينها مسافات وشرطات وفواصل عليا",
        BadPerson::DialingCode => "يجب أن يكون رمز بلد مثل \u{200e}+44",
        BadPerson::Phone => "يجب أن يتكوّن من أرقام الرقم الوطني فقط: 4 على الأقل، و15 على الأكثر مع رمز البلد",
        BadPerson::Dob => "يجب أن يكون تاريخًا مثل \u{200e}2001-12-31",
        BadPerson::Age => "يجب أن يكون تاريخ ميلاد شخص لا يقل عمره عن 18 عامًا ولا يزيد على 120 عامًا",
        BadPerson::Address => "يجب أن يكون عنوانًا بريديًا لا يزيد على 300 حرف",
        BadPerson::DynamicFields => "يجب ألا يزيد على 32 حقلًا، بأسماء لا تزيد على 64 حرفًا ونصوص لا تزيد على 255 حرفًا",
    }
}

const fn password(why: BadPassword) -> &'static str {
    match why {
        BadPassword::TooShort => "يجب ألا يقل عدد أحرفها عن 8",
        BadPassword::TooLong => "يجب ألا يزيد عدد أحرفها على 256",
        BadPassword::Unusable => "تحتوي على حرف لا يمكن أن يكون في كلمة مرور",
    }
}

fn policy(why: &PolicyFault) -> Cow<'static, str> {
    match why {
        PolicyFault::TooShort(chars_min) => format!("يجب ألا يقل عدد أحرفها عن {chars_min}").into(),
        PolicyFault::NoUpper => "يجب أن تحتوي على حرف كبير مثل A".into(),
        PolicyFault::NoLower => "يجب أن تحتوي على حرف صغير مثل a".into(),
        PolicyFault::NoDigit => "يجب أن تحتوي على رقم".into(),
        PolicyFault::NoSpecial => "يجب أن تحتوي على رمز خاص مثل ! @ # $ أو مسافة".into(),
        PolicyFault::Listed => "يستخدمها كثير من الناس أو سُرقت في مكان ما: اختر غيرها".into(),
        PolicyFault::TooWeak => "سهلة التخمين جدًا: اجعلها أطول، بكلمات لا علاقة بينها".into(),
        PolicyFault::HasAddress => "يجب ألا تحتوي على عنوان البريد الإلكتروني أو ما قبل @ فيه".into(),
        PolicyFault::IsName => "يجب ألا تكون اسم صاحبها".into(),
    }
}

fn token_name(why: BadApiTokenName) -> Cow<'static, str> {
    match why {
        BadApiTokenName::Empty => "يجب ألا يكون فارغًا".into(),
        BadApiTokenName::TooLong => format!("يجب ألا يزيد عدد أحرفه على {API_TOKEN_NAME_CHARS_MAX}").into(),
        BadApiTokenName::Control => "يجب ألا يحتوي على أحرف تحكم".into(),
    }
}
