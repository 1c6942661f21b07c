//! Writes every page and every mail, in every look and language, into a directory: to look at while changing a template,
//! and for the accessibility check of `tests/browser`.
//!
//! `cargo run --example gallery -- DIRECTORY [TEMPLATE-DIRECTORY]`; with the second, your overrides are shown.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use doorward::pages::{Frame, Locale, Mail, MailFrame, Pages, PagesSettings, every_page};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let directory = arguments.next().ok_or("usage: gallery DIRECTORY [TEMPLATE-DIRECTORY]")?;
    let pages = Pages::new(PagesSettings { overrides: arguments.next(), ..PagesSettings::default() })?;
    for fault in pages.faults() {
        eprintln!("not used: {fault}");
    }
    fs::create_dir_all(&directory)?;
    for locale in pages.locales() {
        write_pages(&pages, &locale, &directory)?;
        write_mails(&pages, &locale, &directory)?;
    }
    println!("{}", directory.display());
    Ok(())
}

fn write_pages(pages: &Pages, locale: &Locale, directory: &Path) -> Result<(), Box<dyn Error>> {
    for (look, frame) in ["bare", "full"].iter().zip(Frame::samples(locale)) {
        for (number, page) in every_page().iter().enumerate() {
            let name = page.template().trim_end_matches(".html").replace('/', "_");
            fs::write(
                directory.join(format!("{number:02}-{name}-{look}-{locale}.html")),
                pages.render(page.as_ref(), &frame)?,
            )?;
        }
    }
    Ok(())
}

fn write_mails(pages: &Pages, locale: &Locale, directory: &Path) -> Result<(), Box<dyn Error>> {
    for (number, mail) in Mail::samples().iter().enumerate() {
        let rendered = pages.mail(mail, locale, &MailFrame::sample())?;
        fs::write(directory.join(format!("mail-{number:02}-{}-{locale}.html", mail.kind())), rendered.html)?;
    }
    Ok(())
}
