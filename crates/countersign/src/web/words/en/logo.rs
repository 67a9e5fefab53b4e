use crate::web::words::logo::LogoWords;

pub(super) const WORDS: LogoWords = LogoWords {
    title: "Logo",
    about: "It stands beside the name of your company on every page, the log-in among them, so that people see whose page they are at.",
    none: "There is none: pages show the name alone.",
    now: "The logo so far",
    file: "A picture",
    file_help: "A PNG of at most 64 KiB and 512 by 512 pixels. Only what is to be seen is kept of the file.",
    save: "Use this logo",
    saved: "The logo is saved. It is on every page within a minute.",
    remove: "Remove the logo",
    removed: "The logo is removed. It is gone from every page within a minute.",
    already: "It is so already: nothing was changed.",
    missing: "Choose a file first. Nothing was changed.",
    too_large: "The file is larger than 64 KiB.",
    not_png: "The file is not a PNG.",
    too_wide: "The picture is more than 512 pixels wide or high.",
    animated: "The picture moves. Take one that does not.",
    damaged: "The file is damaged or cut off.",
};
