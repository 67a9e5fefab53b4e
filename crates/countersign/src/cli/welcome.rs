use std::fmt::Write;

use countersign_flows::sandbox::{TENANTS, USERS};

use super::Place;
use crate::config::Loaded;

/// What a newcomer sees: where it runs, who can log in, and a line to paste.
pub(super) fn text(loaded: &Loaded, place: &Place) -> String {
    let [(tenant, _), (other, _)] = TENANTS;
    let port = loaded.config.listen.port();
    let url = format!("http://localhost:{port}");
    let mut text = format!(
        "\nCountersign sandbox\n\n  {url}  is the tenant {tenant}, http://{other}.localhost:{port} another one without users\n  \
         {url}/docs  describes the API\n\n"
    );
    for (role, email, password) in USERS {
        let _ = writeln!(text, "  {role:<9} {email:<36} {password}");
    }
    let (_, email, password) = USERS[0];
    let _ = write!(
        text,
        "\nLog in:\n\n  curl -X PUT {url}/api/v6/services/securitymanagement/login \\\n    \
         -H 'Content-Type: application/json' -H 'platform: fincode' -H 'uuid: 200' \\\n    \
         -d '{{\"email\":\"{email}\",\"currentPassword\":\"{password}\"}}'\n\n"
    );
    if !loaded.config.listen.ip().is_loopback() {
        text.push_str(
            "These passwords are published, and whoever can reach this machine can use them: \
             without --listen, only this machine can.\n",
        );
    }
    if let Some(data) = &place.data {
        let folder = std::path::absolute(data.path()).unwrap_or_else(|_| data.path().to_owned());
        let _ = writeln!(text, "Data is kept in {} (start over with --fresh).", folder.display());
    }
    let _ = write!(text, "Health and metrics: http://{}/health/ready", loaded.config.ops_listen);
    text
}
