//! The package's README as HTML: it says everything once, for who reads it there and for who reads it here. It is written
//! in few forms — headings, paragraphs, tables, blocks of code, code inside a line — and these are all that is known here.

use std::fmt::Write as _;

/// The package's README.
const README: &str = include_str!("../../../core/npm/README.md");

/// What the page takes over of it, by heading.
const SECTIONS: [&str; 4] = ["As an element", "What there is", "Bundlers", "Content security policy"];

/// The first block of code: an engine and a run.
pub(super) fn start() -> String {
    let block = README.split("```").nth(1).unwrap_or_default();
    to_html(&format!("```{block}```"))
}

/// The sections that say how the package is used, with their headings.
pub(super) fn sections() -> String {
    let all = README.split("\n## ").skip(1);
    all.filter(|section| SECTIONS.iter().any(|title| section.lines().next() == Some(*title)))
        .map(|section| to_html(&format!("## {section}")))
        .collect()
}

fn to_html(markdown: &str) -> String {
    let mut html = String::new();
    let mut lines = markdown.lines().peekable();
    let mut heading = "Code";
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
            let _ = write!(html, "<h2>{}</h2>", escaped(title));
        } else if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            push_code(&mut html, heading, &code);
        } else if let Some(first) = line.strip_prefix("    ") {
            let mut code = vec![first];
            while let Some(line) = lines.next_if(|line| line.starts_with("    ")) {
                code.push(&line[4..]);
            }
            push_code(&mut html, heading, &code);
        } else if line.starts_with('|') {
            // The second line of a table says only that it is one.
            lines.next_if(|line| line.starts_with("| ---"));
            let about = line.trim_matches('|').split('|').next().unwrap_or_default().trim();
            let label = format!("{}, by {}: a table to scroll", escaped(heading), escaped(&about.replace('`', "")));
            let _ = write!(
                html,
                r#"<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="reference">"#
            );
            let _ = write!(
                html,
                "<thead><tr>{}</tr></thead><tbody>",
                cells(line, r#"th scope="col""#, r#"th scope="col""#)
            );
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                let _ = write!(html, "<tr>{}</tr>", cells(row, r#"th scope="row""#, "td"));
            }
            html.push_str("</tbody></table></div>");
        } else if !line.is_empty() {
            let mut text = line.to_owned();
            while let Some(next) = lines.next_if(|line| !line.is_empty()) {
                text.push(' ');
                text.push_str(next);
            }
            let _ = write!(html, "<p>{}</p>", with_code(&text));
        }
    }
    html
}

fn push_code(html: &mut String, heading: &str, lines: &[&str]) {
    let (label, code) = (escaped(heading), escaped(&lines.join("\n")));
    let _ = write!(html, r#"<pre class="scroll" tabindex="0" aria-label="{label}"><code>{code}</code></pre>"#);
}

/// The cells of a table's line, the first one of them with a tag of its own.
fn cells(line: &str, first: &str, others: &str) -> String {
    let mut html = String::new();
    for (index, cell) in line.trim_matches('|').split('|').enumerate() {
        let tag = if index == 0 { first } else { others };
        let end = tag.split(' ').next().unwrap_or(tag);
        let _ = write!(html, "<{tag}>{}</{end}>", with_code(cell.trim()));
    }
    html
}

/// A text, what stands between backticks as code.
fn with_code(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = escaped(part);
        let _ = if index % 2 == 1 { write!(html, "<code>{part}</code>") } else { write!(html, "{part}") };
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_is_written_in_the_forms_that_are_known() {
        let html = start() + &sections();
        for heading in SECTIONS {
            assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
        }
        assert!(start().contains("createEngine();"));
        // Outside of code, these are the beginnings of all other forms.
        let without_code: String =
            html.split("<code>").map(|part| part.split("</code>").last().unwrap_or(part)).collect();
        for mark in ["`", "**", "](", "\n- ", "<p>- ", "<p>#", "<p>&gt;", "|"] {
            assert!(!without_code.contains(mark), "{mark}");
        }
        for tag in ["p", "table", "tr", "th", "td", "pre", "code", "div"] {
            let begun = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
            assert_eq!(begun, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn each_form_is_written_as_it_should_be() {
        assert_eq!(to_html("One `a < b`\nline."), "<p>One <code>a &lt; b</code> line.</p>");
        assert_eq!(
            to_html("## Code\n\n```js\nf(\"x\");\n\ng();\n```"),
            "<h2>Code</h2><pre class=\"scroll\" tabindex=\"0\" aria-label=\"Code\"><code>f(&quot;x&quot;);\n\ng();</code></pre>"
        );
        assert!(to_html("| a | b |\n| --- | --- |\n| `c` | d |").ends_with(
            "<thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\
             <tbody><tr><th scope=\"row\"><code>c</code></th><td>d</td></tr></tbody></table></div>"
        ));
    }
}
