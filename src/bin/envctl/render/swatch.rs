use anstyle::{RgbColor, Style};
use envctl::model::Color;

use crate::ui::Medium;

/// Returns a dot in the colour of an environment and a space, to stand before its name.
///
/// An environment without a colour gets two spaces, so that names in a column line up. Without a
/// terminal or without colour, nothing is written.
pub fn swatch(color: Option<Color>, medium: Medium) -> String {
    if !medium.terminal || !medium.color {
        return String::new();
    }
    let Some(color) = color else {
        return "  ".to_owned();
    };
    let [red, green, blue] = color.rgb();
    let style = Style::new().fg_color(Some(RgbColor(red, green, blue).into()));
    format!("{style}●{style:#} ")
}

#[cfg(test)]
mod tests {
    use super::swatch;
    use crate::ui::Medium;

    const TERMINAL: Medium = Medium {
        terminal: true,
        color: true,
        width: 80,
    };

    #[test]
    fn the_dot_has_the_24_bit_colour() {
        let color = "#0a1b2c".parse().ok();
        assert_eq!(swatch(color, TERMINAL), "\u{1b}[38;2;10;27;44m●\u{1b}[0m ");
        assert_eq!(swatch(None, TERMINAL), "  ");
    }

    #[test]
    fn without_colour_there_is_no_dot() {
        let color = "red".parse().ok();
        assert_eq!(
            swatch(
                color,
                Medium {
                    color: false,
                    ..TERMINAL
                }
            ),
            ""
        );
        assert_eq!(
            swatch(
                color,
                Medium {
                    terminal: false,
                    ..TERMINAL
                }
            ),
            ""
        );
    }
}
