use crate::web::words::logo::LogoWords;

pub(super) const WORDS: LogoWords = LogoWords {
    title: "Su logotipo",
    about: "Está junto al nombre de su empresa en cada página, también en la de inicio de sesión, para que todos vean de quién es la página.",
    none: "No hay ninguno: las páginas muestran solo el nombre.",
    now: "El logotipo actual",
    file: "Una imagen",
    file_help: "Un PNG de 64 KiB y 512 por 512 píxeles como máximo. Del archivo solo se guarda lo que se ve.",
    save: "Usar este logotipo",
    saved: "El logotipo está guardado. Está en cada página en menos de un minuto.",
    remove: "Quitar el logotipo",
    removed: "El logotipo está quitado. Desaparece de cada página en menos de un minuto.",
    already: "Ya es así: no se ha cambiado nada.",
    missing: "Elija primero un archivo. No se ha cambiado nada.",
    too_large: "El archivo ocupa más de 64 KiB.",
    not_png: "El archivo no es un PNG.",
    too_wide: "La imagen mide más de 512 píxeles de ancho o de alto.",
    animated: "La imagen se mueve. Elija una que no se mueva.",
    damaged: "El archivo está dañado o cortado.",
};
