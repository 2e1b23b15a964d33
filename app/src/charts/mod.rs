//! Statistical charts as SVG: rendered on the server, alive in the browser, without `style` attributes.
