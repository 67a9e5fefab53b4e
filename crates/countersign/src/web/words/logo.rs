//! The logo, as the dashboard words it.

use super::words;

words! {
    /// The page on which a logo is chosen.
    LogoWords {
        title,
        about,
        none,
        now,
        file,
        file_help,
        save,
        saved,
        remove,
        removed,
        already,
        missing,
        too_large,
        not_png,
        too_wide,
        animated,
        damaged,
    }
}
