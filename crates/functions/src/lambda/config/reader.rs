//! Reads variables, and collects what is wrong with them.

use std::str::FromStr;

use llama_ws_core::AuthMode;
use llama_ws_tokens::Settings;

/// Where variables are.
type Source<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// A source of variables and the faults found so far.
pub(super) struct Reader<'a> {
    variable: Source<'a>,
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(variable: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self {
            variable: Box::new(variable),
            faults: Vec::new(),
        }
    }

    /// What was found wrong.
    pub(super) fn faults(self) -> Vec<String> {
        self.faults
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, text: impl Into<String>) {
        self.faults.push(text.into());
    }

    /// A variable that is set to nothing counts as not set.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.is_empty())
    }

    /// A variable without which nothing works.
    pub(super) fn required(&mut self, name: &str) -> Option<String> {
        let value = self.get(name);
        if value.is_none() {
            self.fault(format!("{name} is missing"));
        }
        value
    }

    /// A whole number that the type can hold.
    pub(super) fn number<T: FromStr>(&mut self, name: &str, default: T) -> T {
        let Some(text) = self.get(name) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.fault(format!("{name} must be a whole number"));
            default
        })
    }

    /// A whole number from 1 on.
    pub(super) fn positive(&mut self, name: &str, default: u32) -> u32 {
        let number = self.number(name, default);
        if number == 0 {
            self.fault(format!("{name} must be at least 1"));
        }
        number
    }

    /// `true` or `false`; false when it is not set.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.get(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.fault(format!("{name} must be `true` or `false`"));
                false
            }
        }
    }

    /// The `JWT_*` variables.
    pub(super) fn tokens(&mut self) -> Option<Settings> {
        match Settings::read(|name| self.get(name)) {
            Ok(settings) => settings,
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    pub(super) fn auth_mode(&mut self) -> AuthMode {
        match self.get("AUTH_MODE").as_deref() {
            None => AuthMode::default(),
            Some("required") => AuthMode::Required,
            Some("deferred") => AuthMode::Deferred,
            Some(_) => {
                self.fault("AUTH_MODE must be `required` or `deferred`");
                AuthMode::default()
            }
        }
    }
}
