use countersign_api::{Code, CodeWords};

use super::says;

const WAIT: &str = "Espere el tiempo indicado (Retry-After) e inténtelo de nuevo";

pub(super) const fn of(code: Code) -> CodeWords {
    match code {
        Code::ValidationFailed => says(
            "La solicitud no está completa o no es correcta.",
            &["Corrija los campos indicados (errors) y vuelva a enviar la solicitud"],
        ),
        Code::DecryptionFailed => says(
            "No se han podido leer los campos cifrados de la solicitud.",
            &["Obtenga de nuevo la clave de cifrado, cifre con ella y vuelva a enviar la solicitud"],
        ),
        Code::BadHost => says(
            "La dirección de la solicitud no es un nombre de host válido.",
            &["Compruebe la dirección (https://{tenant}.{domain}) y envíe una sola cabecera Host"],
        ),
        Code::InvalidCredentials => says(
            "La dirección de correo o la contraseña no son correctas.",
            &[
                "Compruebe que la dirección de correo es correcta",
                "Compruebe que ha escrito bien la contraseña",
                "Restablezca la contraseña si la ha olvidado",
                "Póngase en contacto con el servicio de asistencia si el problema continúa",
            ],
        ),
        Code::InvalidToken => says(
            "No ha iniciado sesión, o su sesión ha terminado.",
            &["Renueve el token de acceso", "Vuelva a iniciar sesión"],
        ),
        Code::InvalidRefreshToken => says("Su sesión ha terminado.", &["Vuelva a iniciar sesión"]),
        Code::AccountLocked => says(
            "Ha habido demasiados intentos fallidos, por lo que el inicio de sesión está bloqueado durante un tiempo.",
            &[
                "Espere a que termine el bloqueo",
                "Pida a su administrador que desbloquee la cuenta",
                "Use «He olvidado mi contraseña» para restablecerla",
            ],
        ),
        Code::AccountDeactivated => {
            says("Su cuenta ha sido desactivada.", &["Pida a su administrador que active la cuenta"])
        }
        Code::RefreshTokenReused => says(
            "Se ha cerrado su sesión para proteger su cuenta, porque se ha vuelto a usar un token antiguo de esa \
             sesión.",
            &["Vuelva a iniciar sesión", "Cambie su contraseña si no sabe por qué ha ocurrido esto"],
        ),
        Code::Forbidden => says(
            "Su rol no lo permite.",
            &[
                "Pida a un responsable que lo haga",
                "Pida a un responsable un rol que lo permita",
                "Cambie primero su contraseña si se le pide",
            ],
        ),
        Code::TenantSuspended => says(
            "Este servicio está suspendido en este momento.",
            &["Póngase en contacto con el servicio de asistencia"],
        ),
        Code::UserNotFound => says(
            "No hay ninguna cuenta registrada con esta dirección de correo.",
            &[
                "Compruebe la dirección de correo",
                "Compruebe que el usuario existe en su organización",
                "Pida a su administrador que cree la cuenta",
            ],
        ),
        Code::TenantNotFound => says(
            "En esta dirección no se presta ningún servicio.",
            &["Compruebe la dirección: empieza por el nombre de la organización"],
        ),
        Code::NotFound => says("No hay nada en esta dirección.", &["Compruebe la ruta de la solicitud"]),
        Code::MethodNotAllowed => {
            says("No se puede llamar a esta dirección de esta manera.", &["Use uno de los métodos indicados (Allow)"])
        }
        Code::EmailTaken => says(
            "Ya existe una cuenta con esta dirección de correo.",
            &["Use otra dirección de correo", "Inicie sesión, o restablezca la contraseña si la ha olvidado"],
        ),
        Code::LastManager => says(
            "Es el último responsable que puede iniciar sesión, así que debe seguir siéndolo.",
            &["Nombre antes a otro responsable"],
        ),
        Code::ChangedMeanwhile => says(
            "Otra persona ha cambiado esto al mismo tiempo.",
            &["Mire cómo ha quedado y repita el cambio si todavía hace falta"],
        ),
        Code::TooManyApiTokens => says(
            "Se ha alcanzado el número máximo de tokens de API.",
            &["Elimine los tokens que ya no son válidos o que ya no se usan"],
        ),
        Code::ApiTokenEnded => says(
            "Este token de API ha caducado o ha sido invalidado, y no se puede recuperar.",
            &["Cree un token de API nuevo"],
        ),
        Code::RotatedJustNow => says(
            "Este token de API acaba de recibir un secreto nuevo.",
            &["Use el secreto que se mostró entonces", "Espere el tiempo indicado (Retry-After) y renueve el token"],
        ),
        Code::RequestTimeout => says(
            "La solicitud ha tardado demasiado en llegar.",
            &["Compruebe la conexión y vuelva a enviar la solicitud"],
        ),
        Code::PayloadTooLarge => says("La solicitud es demasiado grande.", &["Envíe menos datos"]),
        Code::UnsupportedMediaType => says(
            "La solicitud no está en formato JSON.",
            &["Envíe Content-Type: application/json, en UTF-8, sin comprimir"],
        ),
        Code::TooManyRequests => says("Ha habido demasiadas solicitudes desde su red.", &[WAIT]),
        Code::HeadersTooLarge => says(
            "La solicitud tiene demasiadas cabeceras.",
            &["Envíe menos cabeceras", "Borre las cookies de este sitio"],
        ),
        Code::Internal => says(
            "Algo ha fallado por nuestra parte.",
            &[
                "Inténtelo de nuevo más tarde",
                "Póngase en contacto con el servicio de asistencia e indique el número de la solicitud (requestId)",
            ],
        ),
        Code::Overloaded => says("Demasiadas personas están iniciando sesión en este momento.", &[WAIT]),
        Code::StoreUnavailable => says("El servicio no está disponible en este momento.", &[WAIT]),
    }
}
