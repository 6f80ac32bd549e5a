//! What we show to a server to be let in, and which of its ways in we take.

use super::credentials::{PASSWORD_MAX, USER_MAX};
use super::vencrypt::number;
use super::vnc_auth::{self, CHALLENGE};
use crate::access::{Method, Secret};
use crate::rfb::error::RfbError;
use crate::rfb::ids::{SecurityType, VencryptSubtype};
use crate::rfb::out::OutQueue;

/// Of what a server offers in vain so much is told.
const OFFERS_TOLD: usize = 8;

/// How a client comes in.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The ways in that are taken, the one liked best first. What is not here is never used, whatever the server offers: who
    /// lists X509 types alone will not be talked into anything in clear.
    pub methods: Vec<Method>,
    /// The user's name, for Plain; at most 256 bytes count.
    pub user: Option<String>,
    /// The password, for VNC authentication (which uses eight bytes of it) and Plain (1 KiB). Ways in that need one are not
    /// taken without.
    pub password: Option<Secret>,
}

impl Default for Login {
    /// With nothing, where nothing is asked for.
    fn default() -> Self {
        Self { methods: vec![Method::None], user: None, password: None }
    }
}

impl std::fmt::Debug for Login {
    // Some write their password where the name belongs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.user.as_ref().map_or(0, String::len);
        write!(f, "Login({:?}, a name of {length} bytes, {:?})", self.methods, self.password)
    }
}

/// The security type that a way in begins with.
const fn security_type(method: Method) -> SecurityType {
    match method {
        Method::None => SecurityType::NONE,
        Method::VncAuth => SecurityType::VNC_AUTHENTICATION,
        Method::Plain | Method::X509None | Method::X509Vnc | Method::X509Plain => SecurityType::VENCRYPT,
    }
}

impl Login {
    /// The ways in for which we have what they ask for.
    fn usable(&self) -> impl Iterator<Item = Method> + '_ {
        self.methods.iter().copied().filter(|method| match method.within() {
            Method::VncAuth => self.password.is_some(),
            Method::Plain => self.password.is_some() && self.user.is_some(),
            _ => true,
        })
    }

    /// The one of the server's security types that is taken.
    pub(super) fn choose(&self, types: &[u8]) -> Result<SecurityType, RfbError> {
        let chosen = self.usable().map(security_type).find(|chosen| types.contains(&chosen.0));
        let offers = |method| types.contains(&security_type(method).0);
        let names = types.iter().map(|number| format!("{:?}", SecurityType(*number)));
        let vencrypt = types.contains(&SecurityType::VENCRYPT.0);
        chosen.ok_or_else(|| self.no_way_in(offers, vencrypt, names))
    }

    /// The one of the server's sub-types of VeNCrypt that is taken.
    pub(super) fn choose_subtype(&self, subtypes: &[VencryptSubtype]) -> Result<(Method, VencryptSubtype), RfbError> {
        let known = self.usable().filter_map(|method| Some((method, number(method)?)));
        let chosen = { known }.find(|(_, number)| subtypes.contains(number));
        let offers = |method| number(method).is_some_and(|number| subtypes.contains(&number));
        // It is within VeNCrypt already.
        chosen.ok_or_else(|| self.no_way_in(offers, false, subtypes.iter().map(|number| format!("{number:?}"))))
    }

    /// Tells an operator what to change.
    fn no_way_in(
        &self,
        offers: impl Fn(Method) -> bool,
        vencrypt: bool,
        offered: impl Iterator<Item = String>,
    ) -> RfbError {
        let lacking = self.methods.iter().copied().find(|method| offers(*method));
        let offered: Vec<String> = offered.take(OFFERS_TOLD).collect();
        let ours: Vec<&str> = self.usable().map(Method::name).collect();
        let ours = if ours.is_empty() { "nothing of that".to_owned() } else { ours.join(", ") };
        let why = format!("the server offers {}, and we have {ours}", offered.join(", "));
        RfbError::NoWayIn { lacking, vencrypt, why }
    }

    /// Answers a challenge of VNC authentication.
    pub(super) fn answer(&self, challenge: &[u8; CHALLENGE], out: &mut OutQueue) {
        let password = self.password.as_ref().map(Secret::bytes).unwrap_or_default();
        out.bytes(&vnc_auth::answer(password, challenge));
    }

    /// Sends name and password as they are (rfbproto, "VeNCrypt", Plain).
    pub(super) fn tell(&self, out: &mut OutQueue) {
        let user = cut(self.user.as_deref().unwrap_or_default().as_bytes(), USER_MAX);
        let password = cut(self.password.as_ref().map(Secret::bytes).unwrap_or_default(), PASSWORD_MAX);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("at most 1 KiB");
        out.write(|w| {
            w.u32(length(user)).u32(length(password)).bytes(user).bytes(password);
        });
    }
}

fn cut(bytes: &[u8], limit: usize) -> &[u8] {
    bytes.get(..limit).unwrap_or(bytes)
}
