use super::{Letter, Words};

pub(super) const WORDS: Words = Words {
    greeting: "Bonjour {name},",
    greeting_of_nobody: "Bonjour,",
    paste: "Si le lien ne s’ouvre pas, collez ce code là où il vous est demandé :",
    until: "Valable jusqu’au {until}.",
    customer: "Votre compte client",
    staff: "Votre compte professionnel",
    confirmation: Letter {
        subject: "Confirmez votre adresse e-mail",
        body: "Quelqu’un, sans doute vous, s’est inscrit chez {tenant} avec cette adresse e-mail. Pour confirmer qu’elle est \
               bien la vôtre, ouvrez le lien et saisissez le mot de passe que vous avez choisi.",
        action: "Confirmer l’adresse",
        closing: "Si ce n’était pas vous, ignorez ce message : aucun compte ne sera créé.",
    },
    address_taken: Letter {
        subject: "Vous avez déjà un compte",
        body: "Quelqu’un, sans doute vous, a essayé de s’inscrire chez {tenant} avec cette adresse e-mail. Vous y avez déjà \
               un compte : connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié.",
        action: "",
        closing: "Si ce n’était pas vous, vous n’avez rien à faire : votre compte n’a pas changé.",
    },
    invitation: Letter {
        subject: "Votre compte professionnel chez {tenant}",
        body: "Un compte professionnel a été créé pour vous chez {tenant}. Pour l’utiliser, ouvrez le lien et choisissez un \
               mot de passe.",
        action: "Choisir un mot de passe",
        closing: "Si vous ne vous y attendiez pas, ignorez ce message.",
    },
    reset: Letter {
        subject: "Réinitialisez votre mot de passe",
        body: "Quelqu’un, sans doute vous, a demandé à réinitialiser le mot de passe associé à cette adresse e-mail chez \
               {tenant}. Pour cela, ouvrez le lien et choisissez un nouveau mot de passe.",
        action: "Choisir un nouveau mot de passe",
        closing: "Si ce n’était pas vous, ignorez ce message : votre mot de passe ne change pas.",
    },
    password_changed: Letter {
        subject: "Votre mot de passe a été modifié",
        body: "Le mot de passe de votre compte chez {tenant} a été modifié le {at}. Vous avez été déconnecté partout \
               ailleurs.",
        action: "",
        closing: "Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe et contactez {tenant}.",
    },
    password_reset: Letter {
        subject: "Votre mot de passe a été réinitialisé",
        body: "Le {at}, un nouveau mot de passe a été défini pour votre compte chez {tenant}, à l’aide d’un lien envoyé à \
               cette adresse. Vous avez été déconnecté partout.",
        action: "",
        closing: "Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe et contactez {tenant}.",
    },
    refresh_reused: Letter {
        subject: "Vous avez été déconnecté par sécurité",
        body: "Le {at}, quelqu’un a essayé de poursuivre une session de votre compte chez {tenant} qui avait déjà été \
               poursuivie ailleurs. Elle a peut-être été copiée ; nous y avons donc mis fin.",
        action: "",
        closing: "Veuillez vous reconnecter. Si vous remarquez quelque chose que vous n’avez pas fait, changez votre mot de \
                  passe et contactez {tenant}.",
    },
};
