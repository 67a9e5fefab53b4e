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
    name: "Français",
    shell: ShellWords {
        skip: "Aller au contenu",
        language: "Langue",
        account: "Mon compte",
        password: "Mot de passe",
        sessions: "Appareils connectés",
        log_out: "Se déconnecter",
        problem: "Il y a un problème",
        mend_fields: "Une partie de votre saisie est à corriger : voyez à côté de chaque champ.",
        what_to_do: "Ce que vous pouvez faire",
        try_again_in: "Vous pourrez réessayer dans",
        minutes: "min",
    },
    fields: FieldWords {
        email: "Adresse e-mail",
        password: "Mot de passe",
        new_password: "Nouveau mot de passe",
        confirm_password: "Le même mot de passe, une seconde fois",
        current_password: "Mot de passe actuel",
        first_name: "Prénom",
        last_name: "Nom",
        dialing_code: "Indicatif du pays",
        phone: "Numéro de téléphone",
        dob: "Date de naissance",
        address: "Adresse",
        language: "Langue des messages que vous recevez",
        token: "Code reçu par e-mail",
        token_help: "Il se remplit quand vous ouvrez le lien. S’il est vide, copiez-le depuis le message.",
        optional: "facultatif",
    },
    login: LoginWords {
        title: "Se connecter",
        title_staff: "Connexion du personnel",
        action: "Se connecter",
        to_staff: "Je travaille ici : connexion du personnel",
        to_customer: "Je suis client : connexion des clients",
        forgot: "Mot de passe oublié ?",
        register: "Ouvrir un compte",
        logged_out: "Vous êtes déconnecté.",
    },
    forgot: ForgotWords {
        title: "Mot de passe oublié ?",
        about: "Indiquez votre adresse e-mail. Nous vous enverrons un lien pour choisir un nouveau mot de passe.",
        action: "Envoyer le lien",
        sent: "Si cette adresse e-mail est enregistrée, nous y avons envoyé un message. Regardez dans votre boîte de réception et \
               parmi les messages indésirables.",
        back: "Retour à la connexion",
    },
    mailed: MailedWords {
        reset_title: "Choisissez un nouveau mot de passe",
        reset_about: "Votre compte sera déverrouillé et vous serez déconnecté partout.",
        reset_action: "Enregistrer le mot de passe",
        invitation_title: "Bienvenue",
        invitation_about: "Choisissez le mot de passe de votre nouveau compte.",
        invitation_action: "Enregistrer le mot de passe",
        password_set: "Votre mot de passe est enregistré. Vous pouvez maintenant vous connecter.",
        confirm_title: "Confirmez votre adresse e-mail",
        confirm_about: "Saisissez le mot de passe que vous avez choisi en vous inscrivant.",
        confirm_action: "Confirmer",
        confirmed: "Votre compte est prêt. Vous pouvez maintenant vous connecter.",
        bad_token: "Ce lien ou ce code n’est pas valable : il a déjà servi ou il est trop ancien.",
        ask_again: "Demander un nouveau lien",
    },
    register: RegisterWords {
        title: "Ouvrir un compte",
        about: "Vous devez avoir au moins 18 ans.",
        action: "Ouvrir le compte",
        sent: "Nous avons envoyé un message à votre adresse e-mail. Ouvrez le lien qu’il contient pour confirmer votre inscription.",
        made: "Votre compte est prêt. Vous pouvez maintenant vous connecter.",
        have_account: "J’ai un compte : me connecter",
    },
    account: AccountWords {
        title: "Mon compte",
        save: "Enregistrer",
        saved: "Vos modifications sont enregistrées.",
        roles: "Rôles",
        email_stays: "L’adresse e-mail ne peut pas être modifiée.",
    },
    password: PasswordWords {
        title: "Changer de mot de passe",
        about: "Vous restez connecté ici et serez déconnecté partout ailleurs.",
        due: "Choisissez un nouveau mot de passe avant de continuer.",
        action: "Changer le mot de passe",
        changed: "Votre mot de passe est changé.",
        policy_chars: "au moins {n} caractères",
        policy_upper: "une majuscule",
        policy_lower: "une minuscule",
        policy_digit: "un chiffre",
        policy_special: "un caractère spécial, par exemple !@#$%",
        policy_common: "rien de courant, ni une partie de votre nom ou de votre adresse",
        advice: "Votre mot de passe figure sur une liste de mots de passe courants ou volés. Veuillez en choisir un autre.",
    },
    sessions: SessionWords {
        title: "Vos appareils connectés",
        about: "Si vous n’en reconnaissez pas un, déconnectez-le et changez votre mot de passe.",
        network: "Adresse réseau",
        since: "Connecté depuis le",
        last_used: "Dernière utilisation",
        current: "Cet appareil",
        unknown_device: "Appareil inconnu",
        end: "Déconnecter",
        end_others: "Se déconnecter partout ailleurs",
        ended: "C’est fait. Ces appareils sont déconnectés.",
    },
    refused: RefusedWords {
        title: "Cela n’a pas fonctionné",
        stale: "La page est restée ouverte trop longtemps, ou vous vous êtes connecté ou déconnecté entre-temps. Rien n’a été \
                modifié.",
        stale_action: "Rouvrir la page",
        home: "Retour au début",
    },
    proof: ProofWords {
        title: "Votre mot de passe",
        about: "Avant de changer quoi que ce soit ici, tapez encore une fois votre mot de passe. Il vaut pour dix minutes.",
        action: "Confirmer",
        proved: "Confirmé. Vous pouvez faire des modifications pendant dix minutes.",
        wrong: "Le mot de passe n’est pas le bon. Après cinq erreurs, vous êtes déconnecté.",
        missing: "Tapez votre mot de passe pour faire cette modification. Rien n’a encore été changé.",
    },
    manage: manage::WORDS,
};
