use crate::web::words::logo::LogoWords;

pub(super) const WORDS: LogoWords = LogoWords {
    title: "O seu logótipo",
    about: "Fica ao lado do nome da sua empresa em cada página, também na de entrada, para que todos vejam de quem é a página.",
    none: "Não há nenhum: as páginas mostram só o nome.",
    now: "O logótipo atual",
    file: "Uma imagem",
    file_help: "Um PNG de 64 KiB e 512 por 512 píxeis no máximo. Do ficheiro guarda-se só o que se vê.",
    save: "Usar este logótipo",
    saved: "O logótipo está guardado. Está em cada página em menos de um minuto.",
    remove: "Retirar o logótipo",
    removed: "O logótipo foi retirado. Desaparece de cada página em menos de um minuto.",
    already: "Já é assim: nada foi mudado.",
    missing: "Escolha primeiro um ficheiro. Nada foi mudado.",
    too_large: "O ficheiro tem mais de 64 KiB.",
    not_png: "O ficheiro não é um PNG.",
    too_wide: "A imagem tem mais de 512 píxeis de largura ou de altura.",
    animated: "A imagem mexe-se. Escolha uma que não se mexa.",
    damaged: "O ficheiro está danificado ou cortado.",
};
