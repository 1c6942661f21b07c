//! Every page in every look: for trying overrides before they are used, and for tests.

use super::{
    AccountApps, AccountData, AccountDelete, AccountDeleted, AccountEmail, AccountEmailCode, AccountHome,
    AccountLogins, AccountPassword, AccountProfile, AccountSessions, ApiDocs, Approval, ApprovalDone, ArrivedAddress,
    Choose, CodeEnter, CodeRequest, ConfirmLink, Consent, DemoError, DemoResult, DemoSignedOut, DemoStart,
    DevImitationChooser, DevImitationSwitches, DevInbox, DevMail, DevMailPreview, DevMails, DeviceCode, ErrorPage,
    ErrorReference, FederationProblem, FormPost, LinkConfirm, LinkDone, LoggedOut, Login, LogoutConfirm, Page,
    ResetCode, ResetPassword, ResetRequest, Signup, Verify,
};

/// The samples of all pages.
pub fn every_page() -> Vec<Box<dyn Page>> {
    let mut pages = Vec::new();
    let all = &mut pages;
    add(all, Login::samples());
    add(all, Signup::samples());
    add(all, Verify::samples());
    add(all, LinkConfirm::samples());
    add(all, LinkDone::samples());
    add(all, CodeRequest::samples());
    add(all, CodeEnter::samples());
    add(all, ResetRequest::samples());
    add(all, ResetCode::samples());
    add(all, ResetPassword::samples());
    add(all, Choose::samples());
    add(all, Consent::samples());
    add(all, DeviceCode::samples());
    add(all, Approval::samples());
    add(all, ApprovalDone::samples());
    add(all, LogoutConfirm::samples());
    add(all, LoggedOut::samples());
    add(all, ApiDocs::samples());
    add(all, ErrorPage::samples());
    add(all, ErrorReference::samples());
    add(all, FormPost::samples());
    add(all, ArrivedAddress::samples());
    add(all, ConfirmLink::samples());
    add(all, FederationProblem::samples());
    add(all, AccountLogins::samples());
    add(all, AccountHome::samples());
    add(all, AccountProfile::samples());
    add(all, AccountSessions::samples());
    add(all, AccountApps::samples());
    add(all, AccountPassword::samples());
    add(all, AccountEmail::samples());
    add(all, AccountEmailCode::samples());
    add(all, AccountData::samples());
    add(all, AccountDelete::samples());
    add(all, AccountDeleted::samples());
    add(all, DevInbox::samples());
    add(all, DevMail::samples());
    add(all, DevMails::samples());
    add(all, DevMailPreview::samples());
    add(all, DemoStart::samples());
    add(all, DemoResult::samples());
    add(all, DemoSignedOut::samples());
    add(all, DemoError::samples());
    add(all, DevImitationChooser::samples());
    add(all, DevImitationSwitches::samples());
    pages
}

fn add<P: Page + 'static>(pages: &mut Vec<Box<dyn Page>>, samples: Vec<P>) {
    pages.extend(samples.into_iter().map(|page| Box::new(page) as Box<dyn Page>));
}
