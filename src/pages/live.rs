//! The templates and messages in force: the built-in ones, and over them those overrides that work.

use std::sync::Arc;

use minijinja::value::Value;

use super::frame::Frame;
use super::gallery::every_page;
use super::locale::Locale;
use super::messages::Catalogue;
use super::sources::{Fingerprint, OverrideFault, Sources};
use super::templates::Templates;
use super::{PagesFault, PagesSettings, mail, page_context};

/// One reading of the files.
pub(super) struct Live {
    pub(super) catalogue: Arc<Catalogue>,
    faults: Vec<OverrideFault>,
    built_in: Templates,
    overridden: Option<Templates>,
    fingerprint: Fingerprint,
}

impl Live {
    pub(super) fn load(settings: &PagesSettings) -> Result<Self, PagesFault> {
        let directory = settings.overrides.as_deref();
        let unreadable = |source| PagesFault::Overrides { path: directory.unwrap_or("".as_ref()).to_owned(), source };
        // Before reading: a change in between is seen as one at the next look.
        let fingerprint = directory.map(Fingerprint::take).transpose().map_err(unreadable)?.unwrap_or_default();
        let (sources, mut faults) = Sources::read(directory).map_err(unreadable)?;
        let (catalogue, message_faults) = Catalogue::new(settings.default_locale.clone(), &sources);
        faults.extend(message_faults);
        if !catalogue.locales().contains(&settings.default_locale) {
            return Err(PagesFault::DefaultLocale(settings.default_locale.clone()));
        }
        let catalogue = Arc::new(catalogue);
        let built_in = Templates::new(Arc::clone(&catalogue), Sources::default());
        if sources.has_message_overrides() {
            // Says every message once; what cannot be said is remembered by the catalogue.
            _ = try_samples(&built_in, &catalogue.locales());
        }
        let overridden = vetted(&catalogue, sources, &mut faults);
        Ok(Self { catalogue, faults, built_in, overridden, fingerprint })
    }

    /// Overrides that are not used, and why.
    pub(super) fn faults(&self) -> Vec<OverrideFault> {
        self.faults.iter().cloned().chain(self.catalogue.unsaid()).collect()
    }

    /// Whether the override directory has changed since. One that cannot be read now counts as unchanged.
    pub(super) fn is_outdated(&self, settings: &PagesSettings) -> bool {
        let now = settings.overrides.as_deref().map(Fingerprint::take);
        matches!(now, Some(Ok(fingerprint)) if fingerprint != self.fingerprint)
    }

    /// Renders with the overrides; what fails with them is rendered without.
    pub(super) fn render(&self, name: &str, context: &Value) -> Result<String, PagesFault> {
        if let Some(overridden) = &self.overridden {
            match overridden.render(name, context.clone()) {
                Ok(text) => return Ok(text),
                Err(error) => tracing::warn!(template = name, %error, "an overridden template failed"),
            }
        }
        let failed = |source| PagesFault::Template { name: name.to_owned(), source };
        self.built_in.render(name, context.clone()).map_err(failed)
    }
}

/// Leaves out overrides until all samples can be rendered with the rest. `None` when nothing is left.
fn vetted(catalogue: &Arc<Catalogue>, mut sources: Sources, faults: &mut Vec<OverrideFault>) -> Option<Templates> {
    // Each round leaves out at least one file, so this ends.
    while sources.has_template_overrides() {
        let templates = Templates::new(Arc::clone(catalogue), sources.clone());
        let Err((tried, error)) = try_samples(&templates, &catalogue.locales()) else { return Some(templates) };
        let guilty = error.name().unwrap_or(tried).to_owned();
        let culprit = if sources.drop_override(&guilty) {
            Some(guilty)
        } else if sources.drop_override(tried) {
            Some(tried.to_owned())
        } else {
            // An override breaks a template that is not overridden, for example by a macro that is gone.
            None
        };
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        faults.push(OverrideFault {
            name: culprit.clone().unwrap_or_else(|| tried.to_owned()),
            line: error.line(),
            detail,
        });
        culprit.as_ref()?;
    }
    None
}

fn try_samples(templates: &Templates, locales: &[Locale]) -> Result<(), (&'static str, minijinja::Error)> {
    for locale in locales {
        for frame in Frame::samples(locale) {
            for page in every_page() {
                let context = page_context(page.values(), &frame);
                templates.render(page.template(), context).map_err(|error| (page.template(), error))?;
            }
        }
        mail::try_samples(templates, locale)?;
    }
    Ok(())
}
