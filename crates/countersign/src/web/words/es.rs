mod api_tokens;
mod audit;
mod keys;
mod letters;
mod logo;
mod manage;
mod overview;
mod roles;
mod settings;

use super::{
    AccountWords, FieldWords, ForgotWords, LoginWords, MailedWords, PasswordWords, ProofWords, RefusedWords,
    RegisterWords, SessionWords, ShellWords, Words,
};

pub(super) const WORDS: Words = Words {
    name: "Español",
    shell: ShellWords {
        skip: "Ir al contenido",
        language: "Idioma",
        account: "Mi cuenta",
        password: "Contraseña",
        sessions: "Dispositivos conectados",
        log_out: "Cerrar sesión",
        problem: "Hay un problema",
        mend_fields: "Hay datos que corregir: vea junto a cada campo.",
        what_to_do: "Qué puede hacer",
        try_again_in: "Podrá intentarlo de nuevo en",
        minutes: "min",
    },
    fields: FieldWords {
        email: "Correo electrónico",
        password: "Contraseña",
        new_password: "Contraseña nueva",
        confirm_password: "La misma contraseña otra vez",
        current_password: "Contraseña actual",
        first_name: "Nombre",
        last_name: "Apellidos",
        dialing_code: "Prefijo del país",
        phone: "Número de teléfono",
        dob: "Fecha de nacimiento",
        address: "Dirección",
        language: "Idioma de los mensajes que recibe",
        token: "Código recibido por correo",
        token_help: "Se rellena al abrir el enlace. Si está vacío, cópielo del mensaje.",
        optional: "opcional",
    },
    login: LoginWords {
        title: "Iniciar sesión",
        title_staff: "Acceso del personal",
        action: "Iniciar sesión",
        to_staff: "Trabajo aquí: acceso del personal",
        to_customer: "Soy cliente: acceso de clientes",
        forgot: "¿Olvidó su contraseña?",
        register: "Abrir una cuenta",
        logged_out: "Ha cerrado la sesión.",
    },
    forgot: ForgotWords {
        title: "¿Olvidó su contraseña?",
        about: "Indique su correo electrónico. Le enviaremos un enlace para elegir una contraseña nueva.",
        action: "Enviar el enlace",
        sent: "Si este correo electrónico está registrado, le hemos enviado un mensaje. Mire en su bandeja de entrada y entre el \
               correo no deseado.",
        back: "Volver al inicio de sesión",
    },
    mailed: MailedWords {
        reset_title: "Elija una contraseña nueva",
        reset_about: "Su cuenta quedará desbloqueada y se cerrará su sesión en todas partes.",
        reset_action: "Guardar la contraseña",
        invitation_title: "Le damos la bienvenida",
        invitation_about: "Elija la contraseña de su cuenta nueva.",
        invitation_action: "Guardar la contraseña",
        password_set: "Su contraseña está guardada. Ya puede iniciar sesión.",
        confirm_title: "Confirme su correo electrónico",
        confirm_about: "Escriba la contraseña que eligió al registrarse.",
        confirm_action: "Confirmar",
        confirmed: "Su cuenta está lista. Ya puede iniciar sesión.",
        bad_token: "Este enlace o código no es válido: ya se usó o es demasiado antiguo.",
        ask_again: "Pedir un enlace nuevo",
    },
    register: RegisterWords {
        title: "Abrir una cuenta",
        about: "Debe tener al menos 18 años.",
        action: "Abrir la cuenta",
        sent: "Hemos enviado un mensaje a su correo electrónico. Abra el enlace que contiene para confirmar su registro.",
        made: "Su cuenta está lista. Ya puede iniciar sesión.",
        have_account: "Tengo una cuenta: iniciar sesión",
    },
    account: AccountWords {
        title: "Mi cuenta",
        save: "Guardar",
        saved: "Sus cambios están guardados.",
        roles: "Funciones",
        email_stays: "El correo electrónico no se puede cambiar.",
    },
    password: PasswordWords {
        title: "Cambiar la contraseña",
        about: "Seguirá conectado aquí y se cerrará su sesión en los demás lugares.",
        due: "Elija una contraseña nueva antes de continuar.",
        action: "Cambiar la contraseña",
        changed: "Su contraseña está cambiada.",
        policy_chars: "al menos {n} caracteres",
        policy_upper: "una letra mayúscula",
        policy_lower: "una letra minúscula",
        policy_digit: "un número",
        policy_special: "un carácter especial, por ejemplo !@#$%",
        policy_common: "nada corriente, ni parte de su nombre o de su correo",
        advice: "Su contraseña está en una lista de contraseñas corrientes o robadas. Elija otra, por favor.",
    },
    sessions: SessionWords {
        title: "Sus dispositivos conectados",
        about: "Si no reconoce alguno, cierre su sesión y cambie su contraseña.",
        network: "Dirección de red",
        since: "Conectado desde",
        last_used: "Último uso",
        current: "Este dispositivo",
        unknown_device: "Dispositivo desconocido",
        end: "Cerrar",
        end_others: "Cerrar sesión en los demás lugares",
        ended: "Hecho. La sesión de esos dispositivos está cerrada.",
    },
    refused: RefusedWords {
        title: "No ha funcionado",
        stale: "La página estuvo abierta demasiado tiempo, o usted inició o cerró sesión mientras tanto. No se ha cambiado nada.",
        stale_action: "Volver a abrir la página",
        home: "Ir al inicio",
    },
    proof: ProofWords {
        title: "Su contraseña, por favor",
        about: "Antes de cambiar algo aquí, escriba su contraseña una vez más. Vale durante diez minutos.",
        action: "Confirmar",
        proved: "Confirmado. Puede hacer cambios durante diez minutos.",
        wrong: "La contraseña no es correcta. Después de cinco errores se cierra su sesión.",
        missing: "Escriba su contraseña para hacer este cambio. Todavía no se ha cambiado nada.",
    },
    manage: manage::WORDS,
};
