use super::{Letter, Words};

pub(super) const WORDS: Words = Words {
    greeting: "Hola, {name}:",
    greeting_of_nobody: "Hola:",
    paste: "Si el enlace no se abre, pegue este código donde se le pida:",
    until: "Válido hasta el {until}.",
    customer: "Su cuenta de cliente",
    staff: "Su cuenta de empleado",
    confirmation: Letter {
        subject: "Confirme su dirección de correo",
        body: "Alguien, probablemente usted, se ha registrado en {tenant} con esta dirección de correo. Para confirmar que es \
               suya, abra el enlace e introduzca la contraseña que eligió.",
        action: "Confirmar la dirección",
        closing: "Si no ha sido usted, no haga caso de este mensaje: no se creará ninguna cuenta.",
    },
    address_taken: Letter {
        subject: "Ya tiene una cuenta",
        body: "Alguien, probablemente usted, ha intentado registrarse en {tenant} con esta dirección de correo. Ya tiene una \
               cuenta allí: inicie sesión con ella o restablezca su contraseña si la ha olvidado.",
        action: "",
        closing: "Si no ha sido usted, no tiene que hacer nada: su cuenta no ha cambiado.",
    },
    invitation: Letter {
        subject: "Su cuenta de empleado en {tenant}",
        body: "Se ha creado una cuenta de empleado para usted en {tenant}. Para usarla, abra el enlace y elija una \
               contraseña.",
        action: "Elegir una contraseña",
        closing: "Si no lo esperaba, no haga caso de este mensaje.",
    },
    reset: Letter {
        subject: "Restablezca su contraseña",
        body: "Alguien, probablemente usted, ha pedido restablecer la contraseña de esta dirección de correo en {tenant}. Para \
               hacerlo, abra el enlace y elija una contraseña nueva.",
        action: "Elegir una contraseña nueva",
        closing: "Si no ha sido usted, no haga caso de este mensaje: su contraseña no cambia.",
    },
    password_changed: Letter {
        subject: "Su contraseña ha cambiado",
        body: "La contraseña de su cuenta en {tenant} se cambió el {at}. Se ha cerrado su sesión en todos los demás \
               dispositivos.",
        action: "",
        closing: "Si no ha sido usted, restablezca su contraseña de inmediato y póngase en contacto con {tenant}.",
    },
    password_reset: Letter {
        subject: "Su contraseña se ha restablecido",
        body: "El {at} se estableció una contraseña nueva para su cuenta en {tenant} con un enlace enviado a esta dirección. Se \
               ha cerrado su sesión en todos los dispositivos.",
        action: "",
        closing: "Si no ha sido usted, restablezca su contraseña de inmediato y póngase en contacto con {tenant}.",
    },
    refresh_reused: Letter {
        subject: "Hemos cerrado una sesión por su seguridad",
        body: "El {at} alguien intentó continuar una sesión de su cuenta en {tenant} que ya se había continuado en otro lugar. \
               Es posible que alguien la haya copiado, así que la hemos cerrado.",
        action: "",
        closing: "Vuelva a iniciar sesión. Si ve algo que usted no ha hecho, cambie su contraseña y póngase en contacto con \
                  {tenant}.",
    },
};
