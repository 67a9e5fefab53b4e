use countersign_api::{Code, CodeWords};

use super::says;

const WAIT: &str = "Attendez le temps indiqué (Retry-After) et réessayez";

pub(super) const fn of(code: Code) -> CodeWords {
    match code {
        Code::ValidationFailed => says(
            "La demande est incomplète ou incorrecte.",
            &["Corrigez les champs signalés (errors) et envoyez de nouveau la demande"],
        ),
        Code::DecryptionFailed => says(
            "Les champs chiffrés de la demande n’ont pas pu être lus.",
            &["Récupérez de nouveau la clé de chiffrement, chiffrez avec elle et envoyez de nouveau la demande"],
        ),
        Code::BadHost => says(
            "L’adresse de la demande n’est pas un nom d’hôte valide.",
            &["Vérifiez l’adresse (https://{tenant}.{domain}) et envoyez un seul en-tête Host"],
        ),
        Code::InvalidCredentials => says(
            "L’adresse e-mail ou le mot de passe est incorrect.",
            &[
                "Vérifiez que l’adresse e-mail est correcte",
                "Vérifiez que le mot de passe est bien saisi",
                "Réinitialisez votre mot de passe si vous l’avez oublié",
                "Contactez l’assistance si le problème persiste",
            ],
        ),
        Code::InvalidToken => says(
            "Vous n’êtes pas connecté, ou votre session est terminée.",
            &["Renouvelez le jeton d’accès", "Reconnectez-vous"],
        ),
        Code::InvalidRefreshToken => says("Votre session est terminée.", &["Reconnectez-vous"]),
        Code::AccountLocked => says(
            "Il y a eu trop d’essais infructueux : la connexion est bloquée pour un moment.",
            &[
                "Attendez la fin du blocage",
                "Demandez à votre administrateur de débloquer le compte",
                "Utilisez « Mot de passe oublié » pour réinitialiser votre mot de passe",
            ],
        ),
        Code::AccountDeactivated => {
            says("Votre compte a été désactivé.", &["Demandez à votre administrateur de réactiver le compte"])
        }
        Code::RefreshTokenReused => says(
            "Votre session a été fermée pour protéger votre compte, car un de ses anciens jetons a été réutilisé.",
            &["Reconnectez-vous", "Changez votre mot de passe si vous ne savez pas pourquoi cela s’est produit"],
        ),
        Code::Forbidden => says(
            "Votre rôle ne le permet pas.",
            &[
                "Demandez à un responsable de le faire",
                "Demandez à un responsable un rôle qui le permet",
                "Changez d’abord votre mot de passe si cela vous est demandé",
            ],
        ),
        Code::TenantSuspended => says("Ce service est suspendu pour le moment.", &["Contactez l’assistance"]),
        Code::UserNotFound => says(
            "Aucun compte n’est enregistré avec cette adresse e-mail.",
            &[
                "Vérifiez l’adresse e-mail",
                "Vérifiez que l’utilisateur existe dans votre organisation",
                "Demandez à votre administrateur de créer le compte",
            ],
        ),
        Code::TenantNotFound => says(
            "Aucun service n’est proposé à cette adresse.",
            &["Vérifiez l’adresse : elle commence par le nom de l’organisation"],
        ),
        Code::NotFound => says("Il n’y a rien à cette adresse.", &["Vérifiez le chemin de la demande"]),
        Code::MethodNotAllowed => says(
            "Cette adresse ne peut pas être appelée de cette manière.",
            &["Utilisez une des méthodes indiquées (Allow)"],
        ),
        Code::EmailTaken => says(
            "Il existe déjà un compte avec cette adresse e-mail.",
            &[
                "Utilisez une autre adresse e-mail",
                "Connectez-vous, ou réinitialisez votre mot de passe si vous l’avez oublié",
            ],
        ),
        Code::LastManager => says(
            "C’est le dernier responsable qui peut se connecter : il doit le rester.",
            &["Nommez d’abord un autre responsable"],
        ),
        Code::ChangedMeanwhile => says(
            "Quelqu’un d’autre a modifié ceci au même moment.",
            &["Regardez ce qui est enregistré maintenant et refaites la modification si elle est encore utile"],
        ),
        Code::TooManyApiTokens => says(
            "Le nombre maximal de jetons d’API est atteint.",
            &["Supprimez les jetons qui ne sont plus valables ou qui ne servent plus"],
        ),
        Code::ApiTokenEnded => {
            says("Ce jeton d’API a expiré ou a été invalidé, et c’est définitif.", &["Créez un nouveau jeton d’API"])
        }
        Code::RotatedJustNow => says(
            "Ce jeton d’API vient de recevoir un nouveau secret.",
            &[
                "Utilisez le secret affiché à ce moment-là",
                "Attendez le temps indiqué (Retry-After) et renouvelez le jeton",
            ],
        ),
        Code::RequestTimeout => says(
            "La demande a mis trop de temps à arriver.",
            &["Vérifiez la connexion et envoyez de nouveau la demande"],
        ),
        Code::PayloadTooLarge => says("La demande est trop volumineuse.", &["Envoyez moins de données"]),
        Code::UnsupportedMediaType => says(
            "La demande n’est pas au format JSON.",
            &["Envoyez Content-Type: application/json, en UTF-8, sans compression"],
        ),
        Code::TooManyRequests => says("Il y a eu trop de demandes depuis votre réseau.", &[WAIT]),
        Code::HeadersTooLarge => {
            says("La demande a trop d’en-têtes.", &["Envoyez moins d’en-têtes", "Effacez les cookies de ce site"])
        }
        Code::Internal => says(
            "Un problème est survenu de notre côté.",
            &["Réessayez plus tard", "Contactez l’assistance en indiquant le numéro de la demande (requestId)"],
        ),
        Code::Overloaded => says("Trop de personnes se connectent en ce moment.", &[WAIT]),
        Code::StoreUnavailable => says("Le service n’est pas disponible pour le moment.", &[WAIT]),
    }
}
