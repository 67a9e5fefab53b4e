use crate::web::words::logo::LogoWords;

pub(super) const WORDS: LogoWords = LogoWords {
    title: "Votre logo",
    about: "Il figure à côté du nom de votre société sur chaque page, y compris celle de connexion, pour que chacun voie chez qui il est.",
    none: "Il n’y en a pas : les pages montrent le nom seul.",
    now: "Le logo actuel",
    file: "Une image",
    file_help: "Un PNG d’au plus 64 Kio et 512 pixels sur 512. Du fichier, seul ce qui se voit est gardé.",
    save: "Utiliser ce logo",
    saved: "Le logo est enregistré. Il est sur chaque page en moins d’une minute.",
    remove: "Retirer le logo",
    removed: "Le logo est retiré. Il disparaît de chaque page en moins d’une minute.",
    already: "C’est déjà ainsi : rien n’a été changé.",
    missing: "Choisissez d’abord un fichier. Rien n’a été changé.",
    too_large: "Le fichier fait plus de 64 Kio.",
    not_png: "Le fichier n’est pas un PNG.",
    too_wide: "L’image fait plus de 512 pixels de large ou de haut.",
    animated: "L’image est animée. Prenez-en une qui ne l’est pas.",
    damaged: "Le fichier est abîmé ou coupé.",
};
