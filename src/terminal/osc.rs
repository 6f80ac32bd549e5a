//! Operating system commands. What we do not know is ignored, and nothing of it is ever sent back.

use super::Terminal;
use super::report::Terminator;

impl Terminal {
    /// OSC, complete and within bounds; `text` is valid UTF-8 but may hold controls. Answers end as the question did.
    pub(super) fn operating_system_command(&mut self, text: &[u8], end: Terminator) {
        let Ok(text) = std::str::from_utf8(text) else { return };
        let (number, rest) = text.split_once(';').unwrap_or((text, ""));
        match number {
            "0" => {
                self.icon_title_command(rest);
                self.title_command(rest);
            }
            "1" => self.icon_title_command(rest),
            "2" => self.title_command(rest),
            "4" => self.numbered_colors(4, rest, end),
            "5" => self.numbered_colors(5, rest, end),
            "8" => self.set_link(rest),
            "7" => self.set_directory(rest),
            "10" | "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => {
                number.parse().into_iter().for_each(|first| self.dynamic_colors(first, rest, end));
            }
            "52" => self.set_clipboard(rest),
            "104" => self.reset_numbered_colors(104, rest),
            "105" => self.reset_numbered_colors(105, rest),
            "110" | "111" | "112" | "113" | "114" | "115" | "116" | "117" | "118" | "119" => {
                number.parse().into_iter().for_each(|osc| self.reset_dynamic_color(osc));
            }
            "133" => self.mark_row(rest),
            _ => {}
        }
    }
}
