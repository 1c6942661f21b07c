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
    // Each round leaves out one file, so this ends.
    while sources.has_template_overrides() {
        let templates = Templates::new(Arc::clone(catalogue), sources.clone());
        let Err(failure) = try_samples(&templates, &catalogue.locales()) else { return Some(templates) };
        let name = culprit(catalogue, &sources, &failure)?;
        faults.push(failure.told_of(&name));
        sources.drop_override(&name);
    }
    None
}

/// A sample that could not be rendered.
struct Failure {
    /// The page's or mail's own template.
    template: String,
    error: minijinja::Error,
}

impl Failure {
    fn told_of(&self, culprit: &str) -> OverrideFault {
        let detail = self.error.detail().map_or_else(|| self.error.kind().to_string(), str::to_owned);
        let (place, line) = (self.error.name().unwrap_or(&self.template), self.error.line());
        let name = culprit.to_owned();
        if place == culprit {
            OverrideFault { name, line, detail }
        } else {
            OverrideFault { name, line: None, detail: format!("breaks {place}: {detail}") }
        }
    }
}

/// The override to blame: the file the engine names, the page's own, or else the one without which the failure is
/// gone (it took away what others build on). If that is none of them alone, the first.
fn culprit(catalogue: &Arc<Catalogue>, sources: &Sources, failure: &Failure) -> Option<String> {
    let overridden: Vec<&str> = sources.template_overrides().collect();
    let named = [failure.error.name(), Some(failure.template.as_str())].into_iter().flatten();
    let by_name = named.filter(|name| overridden.contains(name)).map(str::to_owned).next();
    by_name.or_else(|| {
        let cures = |name: &&&str| {
            let mut without = sources.clone();
            without.drop_override(name);
            let templates = Templates::new(Arc::clone(catalogue), without);
            match try_samples(&templates, &catalogue.locales()) {
                Ok(()) => true,
                Err(next) => next.template != failure.template,
            }
        };
        overridden.iter().find(cures).or(overridden.first()).map(|name| (*name).to_owned())
    })
}

fn try_samples(templates: &Templates, locales: &[Locale]) -> Result<(), Failure> {
    for locale in locales {
        for frame in Frame::samples(locale) {
            for page in every_page() {
                let context = page_context(page.values(), &frame);
                let failed = |error| Failure { template: page.template().to_owned(), error };
                templates.render(page.template(), context).map_err(failed)?;
            }
        }
        mail::try_samples(templates, locale).map_err(|(template, error)| Failure { template, error })?;
    }
    Ok(())
}
