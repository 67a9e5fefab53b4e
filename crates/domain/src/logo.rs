use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, DecodeOptions, Decoder, Encoder, Filter, Info, Limits, Transformations};

use crate::audit::Sha256;

/// Bytes of a logo at most, as it comes and as it is kept: every first visit of a tenant's pages loads it, over a slow
/// line too, and the log-in page is less than half of that without it.
pub const LOGO_BYTES_MAX: usize = 64 * 1024;

/// Pixels of its sides at most: sharp on the finest screen wherever a page shows a logo, and 1 MiB at most once it is drawn,
/// however little of a file it takes to ask for more.
pub const LOGO_SIDE_MAX: u32 = 512;

/// What reading a picture may take beside its pixels, by the reader's own count: lines, chunks.
const WORK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// PNG, section 5.2. What begins otherwise is no PNG: an SVG, which can hold script, is none.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A tenant's logo: a PNG that this service has written itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    png: Vec<u8>,
    hash: Sha256,
}

impl Logo {
    /// Reads a picture whole and writes it anew: what is served has its pixels and nothing else of the file. So a photograph's
    /// place, a name or a draft under it is not published, and no other program finds in it, or behind its end, what it
    /// would take for something else.
    ///
    /// Its colours are taken as sRGB, as browsers do where a picture says nothing.
    ///
    /// # Errors
    /// [`BadLogo`] says what is wrong with the file.
    pub fn read(bytes: &[u8]) -> Result<Self, BadLogo> {
        if bytes.len() > LOGO_BYTES_MAX {
            return Err(BadLogo::TooManyBytes);
        }
        if !bytes.starts_with(SIGNATURE) {
            return Err(BadLogo::NotPng);
        }
        let png = decode(bytes)?.encode()?;
        // A file that was packed harder than this service packs may be small enough only as it came.
        if png.len() > LOGO_BYTES_MAX { Err(BadLogo::TooManyBytes) } else { Ok(Self::kept(png)) }
    }

    /// A logo that was written by [`Logo::read`] before.
    pub fn kept(png: Vec<u8>) -> Self {
        Self { hash: Sha256::of(&png), png }
    }

    /// The file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }

    /// Its SHA-256 hash, which tells one logo of a tenant from the next.
    pub fn hash(&self) -> Sha256 {
        self.hash
    }
}

/// What is wrong with a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLogo {
    /// It is too large a file.
    #[error("must be a file of at most {} KiB", LOGO_BYTES_MAX / 1024)]
    TooManyBytes,
    /// It is some other file.
    #[error("must be a PNG")]
    NotPng,
    /// It is too large a picture.
    #[error("must be at most {LOGO_SIDE_MAX} pixels wide and high; it is {0} wide and {1} high")]
    TooManyPixels(u32, u32),
    /// It moves.
    #[error("must be one picture that does not move")]
    Animated,
    /// It cannot be read to its end.
    #[error("must be a whole PNG: this one is damaged or cut off")]
    Damaged,
}

/// What is to be seen of a file.
struct Picture {
    info: Info<'static>,
    pixels: Vec<u8>,
}

fn decode(bytes: &[u8]) -> Result<Picture, BadLogo> {
    let mut options = DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_skip_ancillary_crc_failures(false);
    // Neither is kept, and both can unpack to much.
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_limits(Limits { bytes: WORK_BYTES_MAX });
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height, color_type) = (header.width, header.height, header.color_type);
    if width > LOGO_SIDE_MAX || height > LOGO_SIDE_MAX {
        return Err(BadLogo::TooManyPixels(width, height));
    }
    // A palette stays one, since it makes small files. No screen shows more than eight bits of a colour.
    decoder.set_transformations(match color_type {
        ColorType::Indexed => Transformations::IDENTITY,
        _ => Transformations::normalize_to_color8(),
    });
    let mut reader = decoder.read_info().map_err(damaged)?;
    if reader.info().animation_control.is_some() {
        return Err(BadLogo::Animated);
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(BadLogo::Damaged)?];
    reader.next_frame(&mut pixels).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let (color_type, bit_depth) = reader.output_color_type();
    let read = reader.info();
    let mut info = Info::with_size(width, height);
    (info.color_type, info.bit_depth) = (color_type, bit_depth);
    if color_type == ColorType::Indexed {
        (info.palette, info.trns) = (read.palette.clone(), read.trns.clone());
    }
    Ok(Picture { info, pixels })
}

impl Picture {
    fn encode(self) -> Result<Vec<u8>, BadLogo> {
        // As the PNG specification recommends (section 12.7): neighbours in a palette are no neighbours in colour.
        let is_filtered = self.info.color_type != ColorType::Indexed && self.info.bit_depth == BitDepth::Eight;
        let mut png = Vec::new();
        let mut encoder = Encoder::with_info(&mut png, self.info).map_err(damaged)?;
        encoder.set_compression(Compression::High);
        encoder.set_filter(if is_filtered { Filter::Adaptive } else { Filter::NoFilter });
        let mut writer = encoder.write_header().map_err(damaged)?;
        writer.write_image_data(&self.pixels).map_err(damaged)?;
        writer.finish().map_err(damaged)?;
        Ok(png)
    }
}

/// What exactly is wrong helps nobody who did not make the file byte by byte.
fn damaged<E>(_: E) -> BadLogo {
    BadLogo::Damaged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32, more: impl FnOnce(&mut Encoder<'_, &mut Vec<u8>>)) -> Vec<u8> {
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, width, height);
        encoder.set_color(ColorType::Rgba);
        more(&mut encoder);
        let pixels: Vec<u8> = (0..width * height * 4).map(|at| (at % 251) as u8).collect();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        png
    }

    fn plain(width: u32, height: u32) -> Vec<u8> {
        drawn(width, height, |_| {})
    }

    /// A chunk as files hold it.
    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let named = [name.as_slice(), data].concat();
        let mut crc = !0_u32;
        for byte in &named {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        [(data.len() as u32).to_be_bytes().as_slice(), &named, &(!crc).to_be_bytes()].concat()
    }

    /// The file with a chunk after its header.
    fn with(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let (header, rest) = png.split_at(33);
        [header, &chunk(name, data), rest].concat()
    }

    fn chunks(png: &[u8]) -> Vec<String> {
        let (mut names, mut rest) = (Vec::new(), &png[8..]);
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            names.push(String::from_utf8(rest[4..8].to_vec()).unwrap());
            rest = &rest[12 + length..];
        }
        names.dedup();
        names
    }

    fn pixels(png: &[u8]) -> Vec<u8> {
        let mut decoder = Decoder::new(Cursor::new(png));
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn a_logo_has_the_pixels_of_its_file_and_nothing_else_of_it() {
        let secret = b"51.5007N 0.1246W";
        let clean = plain(40, 30);
        let mut told = clean.clone();
        for (name, data) in [
            (b"eXIf", [b"MM\0*".as_slice(), secret].concat()),
            (b"tEXt", [b"Comment\0".as_slice(), secret].concat()),
            (b"prVt", secret.to_vec()),
            (b"gAMA", 45_455_u32.to_be_bytes().to_vec()),
        ] {
            told = with(&told, name, &data);
        }
        told.extend_from_slice(b"PK\x03\x04 and an archive behind the end");
        let logo = Logo::read(&told).unwrap();
        assert_eq!(chunks(logo.png()), ["IHDR", "IDAT", "IEND"]);
        assert!(!logo.png().windows(secret.len()).any(|found| found == secret));
        assert_eq!(pixels(logo.png()), pixels(&clean));
        assert_eq!((logo.hash(), &logo), (Sha256::of(logo.png()), &Logo::kept(logo.png().to_vec())));
        assert_eq!(Logo::read(logo.png()).unwrap(), logo, "once written anew it stays as it is");
    }

    #[test]
    fn every_way_of_keeping_colours_is_read() {
        for (color, depth, bytes) in [
            (ColorType::Grayscale, BitDepth::One, 1),
            (ColorType::Grayscale, BitDepth::Sixteen, 16),
            (ColorType::GrayscaleAlpha, BitDepth::Eight, 16),
            (ColorType::Rgb, BitDepth::Eight, 24),
            (ColorType::Rgba, BitDepth::Sixteen, 64),
            (ColorType::Indexed, BitDepth::Two, 2),
            (ColorType::Indexed, BitDepth::Eight, 8),
        ] {
            let mut png = Vec::new();
            let mut encoder = Encoder::new(&mut png, 8, 8);
            encoder.set_color(color);
            encoder.set_depth(depth);
            match color {
                ColorType::Indexed => {
                    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
                    encoder.set_trns(vec![0, 255, 128]);
                }
                ColorType::Rgb => encoder.set_trns(vec![0, 1, 0, 1, 0, 1]),
                _ => {}
            }
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&vec![1; bytes * 8]).unwrap();
            writer.finish().unwrap();
            let logo = Logo::read(&png).unwrap_or_else(|bad| panic!("{color:?} {depth:?}: {bad}"));
            assert_eq!(pixels(logo.png()), pixels(&png), "{color:?} {depth:?}");
        }
    }

    #[test]
    fn what_is_no_logo_is_told_why() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let moving = drawn(4, 4, |encoder| encoder.set_animated(1, 0).unwrap());
        let good = plain(4, 4);
        let cut = &good[..good.len() - 1];
        let mut edited = good.clone();
        edited[45] ^= 1;
        let critical = with(&good, b"NEWC", b"a chunk without which nobody can draw it");
        let mut header = vec![0; 13];
        header[..8].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        header[8..10].copy_from_slice(&[16, 6]);
        let bomb = [SIGNATURE, &chunk(b"IHDR", &header), &good[33..]].concat();
        for (bytes, why) in [
            (svg.as_slice(), BadLogo::NotPng),
            (b"", BadLogo::NotPng),
            (b"\xff\xd8\xff\xe0 a photograph", BadLogo::NotPng),
            (&moving, BadLogo::Animated),
            (cut, BadLogo::Damaged),
            (SIGNATURE, BadLogo::Damaged),
            (&edited, BadLogo::Damaged),
            (&critical, BadLogo::Damaged),
            (&plain(513, 4), BadLogo::TooManyPixels(513, 4)),
            (&plain(4, 513), BadLogo::TooManyPixels(4, 513)),
            (&bomb, BadLogo::TooManyPixels(0x7fff_ffff, 0x7fff_ffff)),
            (&[SIGNATURE, &vec![0; LOGO_BYTES_MAX]].concat(), BadLogo::TooManyBytes),
        ] {
            assert_eq!(Logo::read(bytes), Err(why));
        }
        assert_eq!(BadLogo::TooManyBytes.to_string(), "must be a file of at most 64 KiB");
        let told = BadLogo::TooManyPixels(600, 4).to_string();
        assert_eq!(told, "must be at most 512 pixels wide and high; it is 600 wide and 4 high");
        assert!(Logo::read(&plain(512, 512)).is_ok());
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_and_never_a_panic() {
        let good = plain(9, 9);
        for at in 0..good.len() {
            assert!(Logo::read(&good[..at]).is_err(), "{at}");
            let mut edited = good.clone();
            edited[at] ^= 0x55;
            assert!(Logo::read(&edited).is_err(), "{at}");
        }
    }
}
